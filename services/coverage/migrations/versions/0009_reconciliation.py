"""reconciliation with what BPJS lists"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _STRING, nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _at(name: str, now: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, _MOMENT, server_default=_NOW if now else None, nullable=not now)


def upgrade() -> None:
    op.create_table(
        "reconciliation_run",
        _text("id"),
        _text("asked_by"),
        _text("facility", nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        _text("state"),
        _number("total", nullable=True),
        _number("done"),
        _number("failed"),
        _at("made_at", now=True),
        _at("beat_at"),
        _at("finished_at"),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done')", name="reconciliation_run_state"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "reconciliation_run_open", "reconciliation_run", ["made_at"], postgresql_where=sa.text("state <> 'done'")
    )
    op.create_table(
        "reconciled_day",
        _text("facility"),
        sa.Column("day", sa.Date(), nullable=False),
        _text("service"),
        *(_number(name) for name in ("owed", "skipped", "sent", "accepted", "listed")),
        _text("because", nullable=True),
        _at("compared_at"),
        _at("tried_at", now=True),
        sa.PrimaryKeyConstraint("facility", "day", "service"),
    )
    op.create_table(
        "seen_listed", _text("delivery_id"), _at("seen_at", now=True), sa.PrimaryKeyConstraint("delivery_id")
    )
    _difference()
    op.create_table(
        "difference_step",
        _text("difference_id"),
        _number("number"),
        _at("at", now=True),
        _text("by"),
        _text("step"),
        _text("state"),
        _text("owner"),
        _text("note", nullable=True),
        sa.ForeignKeyConstraint(["difference_id"], ["difference.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("difference_id", "number"),
    )


def _difference() -> None:
    op.create_table(
        "difference",
        _text("id"),
        _text("facility"),
        sa.Column("day", sa.Date(), nullable=False),
        *(_text(name) for name in ("service", "kind", "key")),
        *(
            _text(name, nullable=True)
            for name in ("person_id", "subject", "delivery_id", "poli", "no_urut", "no_kunjungan", "because")
        ),
        sa.Column("fields", JSONB(), nullable=True),
        _text("state"),
        _text("owner"),
        _at("found_at", now=True),
        _at("seen_at", now=True),
        _at("closed_at"),
        _number("version"),
        sa.CheckConstraint("state IN ('open', 'in-hand', 'settled', 'accepted')", name="difference_state"),
        sa.CheckConstraint("owner IN ('facility', 'dinkes', 'bpjs')", name="difference_owner"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("difference_one", "difference", ["facility", "day", "service", "kind", "key"], unique=True)
    op.create_index("difference_listed", "difference", ["state", "day", "id"])


def downgrade() -> None:
    for table in ("difference_step", "difference", "seen_listed", "reconciled_day", "reconciliation_run"):
        op.drop_table(table)
