"""merged persons: their referrals move, and can go back"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()
_KEY = ["person_id", "to_facility"]


def _only(condition: str) -> None:
    op.drop_index("referral_one_open", table_name="referral")
    op.create_index("referral_one_open", "referral", _KEY, unique=True, postgresql_where=sa.text(condition))


def upgrade() -> None:
    op.add_column("referral", sa.Column("doubled", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    _only("closed_at IS NULL AND NOT doubled")
    op.create_table(
        "person_merge",
        sa.Column("merge_id", _STRING, nullable=False),
        sa.Column("survivor", _STRING, nullable=False),
        sa.Column("other", _STRING, nullable=False),
        sa.PrimaryKeyConstraint("merge_id"),
    )
    op.create_index("ix_person_merge_other", "person_merge", ["other"])
    op.create_table(
        "moved_referral",
        sa.Column("merge_id", _STRING, nullable=False),
        sa.Column("referral_id", _STRING, nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "referral_id"),
    )


def downgrade() -> None:
    op.drop_table("moved_referral")
    op.drop_table("person_merge")
    _only("closed_at IS NULL")
    op.drop_column("referral", "doubled")
