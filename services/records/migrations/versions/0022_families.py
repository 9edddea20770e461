"""households and who belongs to them"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def _now(name: str) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")  # equality beside overlap in one constraint
    op.create_table(
        "family",
        sa.Column("id", _TEXT(), nullable=False),
        *(sa.Column(name, _TEXT(), nullable=True) for name in ("kk", "village", "hamlet", "rt", "rw", "posyandu")),
        sa.Column("by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("family_kk", "family", ["kk"], unique=True)
    op.create_index("family_village", "family", ["village", "id"])
    op.create_index("family_posyandu", "family", ["posyandu", "id"])
    op.create_table(
        "family_member",
        sa.Column("family_id", _TEXT(), nullable=False),
        sa.Column("person_id", _TEXT(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        *(sa.Column(name, _TEXT(), nullable=True) for name in ("relation", "end_reason", "kk", "merged_into")),
        postgresql.ExcludeConstraint(
            (sa.column("person_id"), "="),
            (sa.text("daterange(valid_from, valid_until, '[]')"), "&&"),
            deferrable=True,
            initially="IMMEDIATE",
            using="gist",
            name="family_member_one_at_a_time",
        ),
        sa.CheckConstraint("valid_until >= valid_from", name="family_member_ends_after_start"),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"]),
        sa.PrimaryKeyConstraint("family_id", "person_id", "valid_from"),
    )
    op.create_index("family_member_person", "family_member", ["person_id", "valid_from"])
    op.create_index(
        "family_member_merged", "family_member", ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "family_history",
        sa.Column("family_id", _TEXT(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _now("recorded_at"),
        sa.Column("recorded_by", _TEXT(), nullable=False),
        sa.Column("row", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"]),
        sa.PrimaryKeyConstraint("family_id", "version"),
    )
    op.create_table(
        "family_scan",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("one"),
    )
    op.execute("INSERT INTO family_scan DEFAULT VALUES")  # everyone registered until now is placed, from the first on


def downgrade() -> None:
    for table in ("family_scan", "family_history", "family_member", "family"):
        op.drop_table(table)
