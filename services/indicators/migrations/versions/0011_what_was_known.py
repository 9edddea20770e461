"""what was known: when a fact was taken, what it said before it was replaced; the same of persons and merges"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT, TEXT = sa.DateTime(timezone=True), sqlmodel.sql.sqltypes.AutoString()
SINCE = ("fact", "person", "person_merge")


def upgrade() -> None:
    for table in SINCE:
        op.add_column(table, sa.Column("taken_at", MOMENT, nullable=True))
    op.create_table(
        "fact_gone",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("concept", TEXT, nullable=False),
        sa.Column("resource_type", TEXT, nullable=False),
        sa.Column("resource_id", TEXT, nullable=False),
        sa.Column("seq", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("gone_at", MOMENT, nullable=False),
        sa.Column("taken_at", MOMENT, nullable=True),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("value_code", TEXT, nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("facility", TEXT, nullable=False),
        sa.Column("encounter_id", TEXT, nullable=True),
        sa.Column("episodes", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("receipt", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "concept", "resource_type", "resource_id", "seq", "gone_at"),
    )
    op.create_table(
        "person_gone",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("gone_at", MOMENT, nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sex", TEXT, nullable=False),
        sa.Column("village", TEXT, nullable=True),
        sa.Column("dead_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "gone_at"),
    )


def downgrade() -> None:
    op.drop_table("person_gone")
    op.drop_table("fact_gone")
    for table in reversed(SINCE):
        op.drop_column(table, "taken_at")
