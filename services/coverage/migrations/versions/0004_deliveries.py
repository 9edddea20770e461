"""the outbox to BPJS"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", _STRING, nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("facility", _STRING, nullable=False),
        sa.Column("service", _STRING, nullable=False),
        sa.Column("kind", _STRING, nullable=False),
        sa.Column("subject", _STRING, nullable=False),
        sa.Column("person_id", _STRING, nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("action", _STRING, nullable=False),
        sa.Column("state", _STRING, nullable=False),
        sa.Column("step", _STRING, nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("sent_digest", _STRING, nullable=True),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("because", _STRING, nullable=True),
        sa.Column("fields", JSONB(), nullable=True),
        sa.Column("message", _STRING, nullable=True),
        sa.Column("poli", _STRING, nullable=True),
        sa.Column("no_urut", _STRING, nullable=True),
        sa.Column("no_kunjungan", _STRING, nullable=True),
        sa.Column("given", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("changed_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("delivered_at", _MOMENT, nullable=True),
        sa.Column("decided_by", _STRING, nullable=True),
        sa.Column("note", _STRING, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'delivered', 'parked', 'skipped', 'removed')", name="delivery_state"
        ),
        sa.CheckConstraint("state <> 'sending' OR sent_at IS NOT NULL", name="delivery_sending_since"),
        sa.CheckConstraint("state NOT IN ('parked', 'skipped') OR because IS NOT NULL", name="delivery_because"),
        sa.PrimaryKeyConstraint("id"),
    )
    owed = sa.text("state IN ('waiting', 'sending')")
    op.create_index("delivery_subject", "delivery", ["kind", "subject"], unique=True)
    op.create_index("delivery_owed", "delivery", ["facility", "service", "due_at", "position"], postgresql_where=owed)
    op.create_index(
        "delivery_visit", "delivery", ["no_kunjungan"], unique=True,
        postgresql_where=sa.text("no_kunjungan IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "delivery_place", "delivery", ["facility", "day", "poli", "no_urut"], unique=True,
        postgresql_where=sa.text("no_urut IS NOT NULL"),
    )  # fmt: skip
    op.create_index("delivery_day", "delivery", ["facility", "day"])
    op.create_index("delivery_person", "delivery", ["person_id", "day"])
    op.create_index("delivery_listed", "delivery", ["state", "position"])
    op.create_table(
        "delivery_try",
        sa.Column("delivery_id", _STRING, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("step", _STRING, nullable=False),
        sa.Column("outcome", _STRING, nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("because", _STRING, nullable=True),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("digest", _STRING, nullable=True),
        sa.Column("given", JSONB(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery_id", "number"),
    )
    op.create_table(
        "delivery_queue",
        sa.Column("facility", _STRING, nullable=False),
        sa.Column("service", _STRING, nullable=False),
        sa.Column("rests_until", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("because", _STRING, nullable=True),
        sa.Column("since", _MOMENT, nullable=True),
        sa.Column("served_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("facility", "service"),
    )


def downgrade() -> None:
    op.drop_table("delivery_queue")
    op.drop_table("delivery_try")
    op.drop_table("delivery")
