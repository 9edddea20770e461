"""frozen reports: rows are added and never changed"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT, TEXT = sa.DateTime(timezone=True), sqlmodel.sql.sqltypes.AutoString()
REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is frozen: it may be added to, not changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=False),
        sa.Column("known_at", MOMENT, nullable=False),
        sa.Column("signer", TEXT, nullable=False),
        sa.Column("signed_as", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("content", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("year", "month", "revision", name="report_month"),
    )
    op.create_table(
        "report_unit",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("standard", TEXT, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", TEXT, nullable=False),
        sa.Column("village", TEXT, nullable=False),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("missing", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "standard", "person_id", "unit_id"),
    )
    op.execute(REFUSE)
    for table in ("report", "report_unit"):
        op.execute(
            f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in ("report_unit", "report"):
        op.execute(f"DROP TRIGGER {table}_frozen ON {table}")
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change")
