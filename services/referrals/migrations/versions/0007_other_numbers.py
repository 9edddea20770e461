"""numbers that other systems give a referral: one referral's, found by them"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table(
        "other_number",
        sa.Column("system", _STRING, nullable=False),
        sa.Column("value", _STRING, nullable=False),
        sa.Column("referral_id", _STRING, nullable=False),
        sa.Column("actor", _STRING, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("system", "value"),
    )
    op.create_index("ix_other_number_value", "other_number", ["value"])
    op.create_index("ix_other_number_referral_id", "other_number", ["referral_id"])


def downgrade() -> None:
    op.drop_table("other_number")
