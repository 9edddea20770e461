"""areas by date and their successors, gaps with their reason, the chain of posts, the rule of territory"""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RULES = (
    (date(2014, 10, 17), "Permenkes 75/2014", 1, True, 0, 0),
    (date(2019, 10, 17), "Permenkes 43/2019", 1, True, 0, 0),
    (date(2023, 10, 19), "Permenkes 43/2019; KMK HK.01.07/MENKES/2015/2023", 1, True, 1, 1),
    (date(2024, 12, 31), "Permenkes 19/2024; KMK HK.01.07/MENKES/2015/2023", 1, True, 1, 1),
)
"""At least one puskesmas per kecamatan, more by need; since the KMK a pustu (unit desa) and a posyandu per desa."""


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.add_column("area", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("area", sa.Column("valid_until", sa.Date(), nullable=True))
    op.add_column("area", sa.Column("regulation", text(), nullable=True))
    op.create_check_constraint("area_ends_after_start", "area", "valid_until >= valid_from")
    op.add_column("catchment", sa.Column("gap_reason", text(), nullable=True))
    op.create_table(
        "area_change",
        sa.Column("old", text(), nullable=False),
        sa.Column("new", text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("regulation", text(), nullable=False),
        sa.Column("heir", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("old_name", text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["new"], ["area.code"]),
        sa.ForeignKeyConstraint(["old"], ["area.code"]),
        sa.PrimaryKeyConstraint("old", "new", "from_day"),
    )
    op.create_index(op.f("ix_area_change_new"), "area_change", ["new"], unique=False)
    op.create_table(
        "link",
        sa.Column("child", text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("parent", text(), nullable=False),
        sa.Column("coordinates", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("child"), "="),
            (sa.text("daterange(valid_from, valid_until, '[]')"), "&&"),
            deferrable=True,
            initially="IMMEDIATE",
            using="gist",
            name="link_one_at_a_time",
        ),
        sa.CheckConstraint("valid_until >= valid_from", name="link_ends_after_start"),
        sa.CheckConstraint("child <> parent", name="link_to_another"),
        sa.ForeignKeyConstraint(["child"], ["facility.code"]),
        sa.ForeignKeyConstraint(["parent"], ["facility.code"]),
        sa.PrimaryKeyConstraint("child", "valid_from"),
    )
    op.create_index(op.f("ix_link_parent"), "link", ["parent"], unique=False)
    rules = op.create_table(
        "territory_rule",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("regulation", text(), nullable=False),
        sa.Column("puskesmas_per_kecamatan", sa.Integer(), nullable=False),
        sa.Column("several_allowed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("pustu_per_desa", sa.Integer(), nullable=False),
        sa.Column("posyandu_per_desa", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("valid_from"),
    )
    names = ("valid_from", "regulation", "puskesmas_per_kecamatan", "several_allowed", "pustu_per_desa",
             "posyandu_per_desa")  # fmt: skip
    op.bulk_insert(rules, [dict(zip(names, rule, strict=True)) | {"version": 1} for rule in RULES])


def downgrade() -> None:
    op.drop_table("territory_rule")
    op.drop_index(op.f("ix_link_parent"), table_name="link")
    op.drop_table("link")
    op.drop_index(op.f("ix_area_change_new"), table_name="area_change")
    op.drop_table("area_change")
    op.drop_column("catchment", "gap_reason")
    op.drop_constraint("area_ends_after_start", "area", type_="check")
    op.drop_column("area", "regulation")
    op.drop_column("area", "valid_until")
    op.drop_column("area", "valid_from")
