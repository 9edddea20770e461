"""addresses that are told of changes, and what was sent to them"""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")
_POLICY = sa.table("access_policy", sa.column("name"), sa.column("valid_from", sa.Date), sa.column("value"))


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", _STRING, nullable=False),
        sa.Column("facility", _STRING, nullable=True),
        sa.Column("subject", _STRING, nullable=False),
        sa.Column("role", _STRING, nullable=False),
        sa.Column("url", _STRING, nullable=False),
        sa.Column("types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret", _STRING, nullable=False),
        sa.Column("state", _STRING, server_default="active", nullable=False),
        sa.Column("cursor", _STRING, nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("delivered_at", _MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rests_until", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhook_facility", "webhook", ["facility"])
    op.create_table(
        "webhook_delivery",
        sa.Column("id", _STRING, nullable=False),
        sa.Column("webhook_id", _STRING, nullable=False),
        sa.Column("payload", _STRING, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("state", _STRING, server_default="waiting", nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("tried_since", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", _STRING, nullable=True),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "webhook_delivery_due", "webhook_delivery", ["webhook_id", "next_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )  # fmt: skip
    op.create_index("webhook_delivery_of", "webhook_delivery", ["webhook_id", "created_at"])
    op.bulk_insert(_POLICY, [{"name": "webhook-hours", "valid_from": date(2020, 1, 1), "value": "24"}])


def downgrade() -> None:
    op.execute("DELETE FROM access_policy WHERE name = 'webhook-hours'")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
