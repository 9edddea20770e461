"""the queue of a first-level facility"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _STRING, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "queue_account",
        _text("username"),
        _text("facility"),
        _text("password_hash"),
        _text("made_by"),
        sa.Column("made_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("changed_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("username"),
    )
    op.create_index("ix_queue_account_facility", "queue_account", ["facility"])
    op.create_table(
        "practice",
        _text("facility"),
        sa.Column("valid_from", sa.Date(), nullable=False),
        _text("poli"),
        sa.Column("doctor", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        _text("starts"),
        _text("ends"),
        _text("poli_name"),
        _text("doctor_name"),
        _text("prefix"),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("facility", "valid_from", "poli", "doctor", "weekday", "starts"),
    )
    op.create_table(
        "poli_closure",
        _text("facility"),
        sa.Column("day", sa.Date(), nullable=False),
        _text("poli"),
        _text("reason"),
        _text("closed_by"),
        sa.PrimaryKeyConstraint("facility", "day", "poli"),
    )
    op.create_table(
        "queue_day",
        _text("facility"),
        _text("poli"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("facility", "poli", "day"),
    )
    _ticket()
    op.create_table(
        "patient_number",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("facility"),
        _text("person_id"),
        sa.Column("presented_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("patient_number_of", "patient_number", ["facility", "person_id"], unique=True)


def _ticket() -> None:
    op.create_table(
        "ticket",
        _text("id"),
        _text("facility"),
        _text("poli"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("prefix"),
        _text("poli_name"),
        sa.Column("doctor", sa.BigInteger(), nullable=False),
        _text("doctor_name"),
        _text("hours"),
        _text("person_id"),
        sa.Column("member", sa.Boolean(), nullable=False),
        _text("source"),
        _text("state"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("complaint", nullable=True),
        _text("reason", nullable=True),
        _text("made_by"),
        sa.Column("made_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("called_at", _MOMENT, nullable=True),
        sa.Column("met_at", _MOMENT, nullable=True),
        sa.Column("cancelled_at", _MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'called', 'present', 'absent', 'cancelled')", name="ticket_state"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ticket_number", "ticket", ["facility", "poli", "day", "number"], unique=True)
    op.create_index(
        "ticket_once", "ticket", ["facility", "poli", "day", "person_id"], unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )  # fmt: skip
    op.create_index("ticket_person", "ticket", ["person_id", "day"])


def downgrade() -> None:
    for table in ("patient_number", "ticket", "queue_day", "poli_closure", "practice", "queue_account"):
        op.drop_table(table)
