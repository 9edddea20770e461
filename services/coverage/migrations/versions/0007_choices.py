"""what facilities chose to tell BPJS: codes, where a referral goes, the referrals that go along with a visit"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "bpjs_choice",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("facility", _STRING, nullable=False),
        sa.Column("kind", _STRING, nullable=False),
        sa.Column("ours", _STRING, nullable=False),
        sa.Column("theirs", _STRING, nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("by", _STRING, nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("bpjs_choice_facility", "bpjs_choice", ["facility", "kind"], unique=False)
    op.create_table(
        "referral_target",
        sa.Column("referral_id", _STRING, nullable=False),
        sa.Column("facility", _STRING, nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("subspecialist", _STRING, nullable=True),
        sa.Column("means", _STRING, nullable=True),
        sa.Column("special", _STRING, nullable=True),
        sa.Column("note", _STRING, nullable=True),
        sa.Column("area", _STRING, nullable=True),
        sa.Column("by", _STRING, nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("referral_id"),
    )
    op.create_table(
        "referral_delivery",
        sa.Column("encounter", _STRING, nullable=False),
        sa.Column("referral_id", _STRING, nullable=False),
        sa.Column("sender", _STRING, nullable=False),
        sa.Column("estimated", sa.Date(), nullable=False),
        sa.Column("handed", _STRING, nullable=True),
        _moment("due_at"),
        sa.Column("tried", sa.Integer(), server_default="0", nullable=False),
        sa.Column("because", _STRING, nullable=True),
        sa.PrimaryKeyConstraint("encounter"),
    )
    op.create_index(op.f("ix_referral_delivery_referral_id"), "referral_delivery", ["referral_id"], unique=False)


def downgrade() -> None:
    op.drop_table("referral_delivery")
    op.drop_table("referral_target")
    op.drop_table("bpjs_choice")
