"""clock rules as dated versions; follow-ups of closed referrals

Nothing that the previous release knows changes. A back-referral that is closed by it while it is being replaced has no
follow-up of its own; its advice and day are shown with the referral as before.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sa.DateTime(timezone=True)
_OPEN, _DONE = sa.text("done_at IS NULL"), sa.text("done_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "clock_version",
        sa.Column("number", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("loaded_at", _MOMENT, nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("loaded_by", _STRING, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("clock_version_day", "clock_version", ["valid_from", "number"])
    op.create_table(
        "follow_up",
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("ring_at", _MOMENT),
        sa.Column("rung", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reminded_at", _MOMENT),
        sa.Column("escalated_at", _MOMENT),
        sa.Column("done_at", _MOMENT),
        sa.Column("referral_id", _STRING, nullable=False),
        sa.Column("facility", _STRING, nullable=False),
        sa.Column("from_facility", _STRING, nullable=False),
        sa.Column("cause", _STRING, nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date()),
        sa.Column("done_by", _STRING),
        sa.Column("how", _STRING),
        sa.Column("note", _STRING),
        sa.Column("named", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("(done_at IS NULL) = (ring_at IS NOT NULL)", name="follow_up_open_has_clock"),
        sa.CheckConstraint("(done_at IS NULL) = (done_on IS NULL)", name="follow_up_done_has_day"),
        sa.CheckConstraint("(done_at IS NULL) = (how IS NULL)", name="follow_up_done_says_how"),
        sa.PrimaryKeyConstraint("referral_id"),
    )
    op.create_index("follow_up_open", "follow_up", ["facility", "due", "referral_id"], postgresql_where=_OPEN)
    op.create_index("follow_up_done", "follow_up", ["facility", "done_on", "referral_id"], postgresql_where=_DONE)
    op.create_index("follow_up_due", "follow_up", ["due", "referral_id"])
    op.create_index("follow_up_rings", "follow_up", ["ring_at"], postgresql_where=_OPEN)


def downgrade() -> None:
    op.drop_table("follow_up")
    op.drop_table("clock_version")
