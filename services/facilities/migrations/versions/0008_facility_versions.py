"""all that is known of a facility, and since when"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEGIN = "DATE '2000-01-01'"
"""From when a facility holds whose first day nobody told."""


def upgrade() -> None:
    _widen()
    _versions()
    op.execute(f"UPDATE facility SET valid_from = {BEGIN} WHERE valid_from IS NULL")
    op.execute(
        "INSERT INTO facility_version (code, valid_from, name, kind, ownership, satusehat_id, bpjs_code, registration,"
        " organization_type, village, latitude, longitude, phone, active, status, version)"
        " SELECT code, valid_from, name, kind, ownership, satusehat_id, bpjs_code, registration,"
        " organization_type, village, latitude, longitude, phone, active, status, 1 FROM facility"
    )
    op.execute(
        "INSERT INTO history (of, key, version, recorded_by, row)"
        " SELECT 'facility_version', code || '/' || valid_from, 1, 'migration', to_jsonb(t) FROM facility_version t"
    )


def _new_columns() -> list[sa.Column]:
    text = sqlmodel.sql.sqltypes.AutoString
    return [
        sa.Column("licence", text(), nullable=True),
        sa.Column("licence_from", sa.Date(), nullable=True),
        sa.Column("licence_until", sa.Date(), nullable=True),
        sa.Column("nib", text(), nullable=True),
        sa.Column("inpatient", sa.Boolean(), nullable=True),
        sa.Column("hospital_class", text(), nullable=True),
        sa.Column("address", text(), nullable=True),
        sa.Column("email", text(), nullable=True),
        sa.Column("status", text(), server_default="active", nullable=False),
    ]


def _widen() -> None:
    for column in (*_new_columns(), sa.Column("valid_until", sa.Date(), nullable=True)):
        op.add_column("facility", column)
    op.execute("UPDATE facility SET status = 'closed' WHERE NOT active")


def _versions() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "facility_version",
        sa.Column("code", text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("name", text(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("ownership", text(), nullable=False),
        sa.Column("satusehat_id", text(), nullable=True),
        sa.Column("bpjs_code", text(), nullable=True),
        sa.Column("registration", text(), nullable=True),
        sa.Column("organization_type", text(), nullable=True),
        sa.Column("village", text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("phone", text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        *_new_columns(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("valid_until >= valid_from", name="facility_version_ends_after_start"),
        *(_one_at_a_time(column) for column in ("code", "satusehat_id", "bpjs_code")),
        sa.ForeignKeyConstraint(["code"], ["facility.code"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["village"], ["area.code"]),
        sa.PrimaryKeyConstraint("code", "valid_from"),
    )
    op.create_index("facility_version_from", "facility_version", ["valid_from"])
    op.create_index("ix_facility_version_village", "facility_version", ["village"])


def _one_at_a_time(column: str) -> postgresql.ExcludeConstraint:
    return postgresql.ExcludeConstraint(
        (sa.column(column), "="),
        (sa.text("daterange(valid_from, valid_until, '[]')"), "&&"),
        deferrable=True,
        initially="IMMEDIATE",
        using="gist",
        name=f"facility_version_{column}",
    )


def downgrade() -> None:
    op.drop_table("facility_version")
    for name in (*(c.name for c in _new_columns()), "valid_until"):
        op.drop_column("facility", name)
