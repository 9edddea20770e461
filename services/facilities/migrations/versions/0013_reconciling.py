"""lists of other systems beside ours: comparisons, decisions, aliases, what was said once"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STR = sqlmodel.sql.sqltypes.AutoString


def _at(name: str, *, now: bool = True) -> sa.Column:
    moment = sa.DateTime(timezone=True)
    if now:
        return sa.Column(name, moment, server_default=sa.text("now()"), nullable=False)
    return sa.Column(name, moment, nullable=True)


def upgrade() -> None:
    op.create_table(
        "reconciliation",
        sa.Column("id", STR(), nullable=False),
        sa.Column("source", STR(), nullable=False),
        sa.Column("area", STR(), nullable=True),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("ignored", sa.ARRAY(sa.Text()), nullable=False),
        _at("made_at"),
        sa.Column("made_by", STR(), nullable=False),
        _at("compared_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reconciliation_made", "reconciliation", ["made_at", "id"])
    _rows()
    op.create_table(
        "alias",
        *(sa.Column(c, STR(), nullable=False) for c in ("system", "value", "other_system", "other_value")),
        _at("made_at"),
        sa.Column("made_by", STR(), nullable=False),
        sa.Column("because", STR(), nullable=True),
        sa.CheckConstraint("(system, value) < (other_system, other_value)", name="alias_in_order"),
        sa.PrimaryKeyConstraint("system", "value", "other_system", "other_value"),
    )
    op.create_index("alias_other", "alias", ["other_system", "other_value"])
    op.create_table(
        "judgement",
        *(sa.Column(c, STR(), nullable=False) for c in ("source", "ref", "facility", "word", "said")),
        _at("at"),
        sa.Column("by", STR(), nullable=False),
        sa.PrimaryKeyConstraint("source", "ref", "facility", "word"),
    )


def _rows() -> None:
    op.create_table(
        "reconciliation_row",
        sa.Column("run", STR(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("ref", STR(), nullable=True),
        sa.Column("found", STR(), nullable=False),
        sa.Column("facility", STR(), nullable=True),
        sa.Column("facility_version", sa.Integer(), nullable=True),
        sa.Column("cells", JSONB(), nullable=False),
        sa.Column("diff", JSONB(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("evidence", JSONB(), nullable=False),
        sa.Column("why", JSONB(), nullable=True),
        sa.Column("decision", STR(), nullable=True),
        _at("decided_at", now=False),
        sa.Column("decided_by", STR(), nullable=True),
        sa.Column("reason", STR(), nullable=True),
        sa.Column("applied", JSONB(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["reconciliation.id"]),
        sa.PrimaryKeyConstraint("run", "number"),
    )
    op.create_index("reconciliation_row_found", "reconciliation_row", ["run", "found", "number"])
    op.create_index("reconciliation_row_facility", "reconciliation_row", ["run", "facility"])
    op.create_table(
        "reconciliation_step",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("run", STR(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verb", STR(), nullable=False),
        _at("at"),
        sa.Column("by", STR(), nullable=False),
        sa.Column("reason", STR(), nullable=True),
        sa.Column("applied", JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reconciliation_step_row", "reconciliation_step", ["run", "number", "id"])


def downgrade() -> None:
    for table in ("judgement", "alias", "reconciliation_step", "reconciliation_row", "reconciliation"):
        op.drop_table(table)
