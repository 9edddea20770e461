"""month ends: which closed month-ends have been counted, and what came late"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TEXT, MOMENT = sqlmodel.sql.sqltypes.AutoString(), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "month_end",
        sa.Column("standard", TEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rules", TEXT, nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("marked_at", MOMENT, nullable=True),
        sa.Column("counting", sa.Boolean(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("counted_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("standard", "day"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM month_end")
    op.drop_table("month_end")
