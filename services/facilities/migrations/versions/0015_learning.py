"""learning visits and what was agreed there"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "learning_visit",
        sa.Column("id", text(), nullable=False),
        sa.Column("host", text(), nullable=False),
        sa.Column("guests", text(), nullable=False),
        sa.Column("topic", text(), nullable=False),
        sa.Column("indicator", text(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("learned", text(), nullable=True),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.Column("reason", text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("done_on IS NULL OR cancelled_on IS NULL", name="learning_visit_done_or_cancelled"),
        sa.CheckConstraint("(cancelled_on IS NULL) = (reason IS NULL)", name="learning_visit_cancelled_for_a_reason"),
        sa.ForeignKeyConstraint(["host"], ["facility.code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_learning_visit_host", "learning_visit", ["host"])
    op.create_table(
        "learning_action",
        sa.Column("visit", text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("what", text(), nullable=False),
        sa.Column("owner", text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["visit"], ["learning_visit.id"]),
        sa.ForeignKeyConstraint(["owner"], ["facility.code"]),
        sa.PrimaryKeyConstraint("visit", "number"),
    )
    op.create_index("ix_learning_action_owner", "learning_action", ["owner"])


def downgrade() -> None:
    op.execute("DELETE FROM history WHERE of LIKE 'learning%'")
    for table in ("learning_action", "learning_visit"):
        op.drop_table(table)
