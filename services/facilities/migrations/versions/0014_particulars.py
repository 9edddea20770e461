"""what hangs on a facility: services, competences, hours, equipment, beds, JKN contracts"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE_TYPES = (
    ("rawat-jalan", "Rawat jalan", False), ("rawat-inap", "Rawat inap", True), ("igd-24-jam", "IGD 24 jam", True),
    ("kia", "Kesehatan ibu dan anak", False), ("kb", "Keluarga berencana", False),
    ("persalinan", "Persalinan normal", True), ("poned", "PONED", True), ("ponek", "PONEK", True),
    ("imunisasi", "Imunisasi", False), ("gizi", "Gizi", False), ("gigi", "Kesehatan gigi dan mulut", False),
    ("lab", "Laboratorium", False), ("usg", "USG", False), ("radiologi", "Radiologi", False),
    ("tb", "Tuberkulosis", False), ("hiv", "HIV dan IMS", False), ("ptm", "Penyakit tidak menular", False),
    ("jiwa", "Kesehatan jiwa", False), ("lansia", "Kesehatan lansia", False), ("farmasi", "Kefarmasian", False),
    ("spesialis", "Rawat jalan spesialis", False), ("bedah", "Bedah", False), ("hemodialisa", "Hemodialisa", False),
    ("ambulans", "Ambulans", True),
)  # fmt: skip
DAYS = "daterange(valid_from, valid_until, '[]')"


def _text(name: str, *foreign: sa.ForeignKey, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), *foreign, nullable=nullable)


def _facility() -> sa.Column:
    return _text("facility", sa.ForeignKey("facility.code"))


def _day(name: str = "valid_from", nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _spans(table: str, *key: str) -> tuple[sa.CheckConstraint, postgresql.ExcludeConstraint]:
    return (
        sa.CheckConstraint("valid_until >= valid_from", name=f"{table}_ends_after_start"),
        postgresql.ExcludeConstraint(
            *((sa.column(c), "=") for c in key), (sa.text(DAYS), "&&"), name=f"{table}_one_at_a_time", using="gist",
            deferrable=True, initially="IMMEDIATE",
        ),
    )  # fmt: skip


def upgrade() -> None:
    _offers()
    _hours_and_capacity()
    op.create_table(
        "jkn_contract", _facility(), _day(), _day("valid_until", nullable=True), _text("ppk_code", nullable=True),
        _text("kind"), sa.Column("capitation", sa.Boolean(), nullable=False), _text("number", nullable=True),
        _number("version"), *_spans("jkn_contract", "facility"), sa.PrimaryKeyConstraint("facility", "valid_from"),
    )  # fmt: skip


def _offers() -> None:
    types = op.create_table(
        "service_type", _text("code"), _text("name"), sa.Column("always_open", sa.Boolean(), nullable=False),
        _number("version"), sa.PrimaryKeyConstraint("code"),
    )  # fmt: skip
    op.bulk_insert(types, [{"code": c, "name": n, "always_open": o, "version": 1} for c, n, o in SERVICE_TYPES])
    op.execute(
        "INSERT INTO history (of, key, version, recorded_by, row)"
        " SELECT 'service_type', code, 1, 'migration', to_jsonb(t) FROM service_type t"
    )
    op.create_table(
        "offered_service", _facility(), _text("service", sa.ForeignKey("service_type.code")), _day(),
        _day("valid_until", nullable=True), _number("version"), *_spans("offered_service", "facility", "service"),
        sa.PrimaryKeyConstraint("facility", "service", "valid_from"),
    )  # fmt: skip
    op.create_index("ix_offered_service_service", "offered_service", ["service"])
    op.create_table(
        "competence", _facility(), _text("system"), _text("code"), _day(), _day("valid_until", nullable=True),
        _text("level"), _number("version"), *_spans("competence", "facility", "system", "code"),
        sa.PrimaryKeyConstraint("facility", "system", "code", "valid_from"),
    )  # fmt: skip


def _hours_and_capacity() -> None:
    op.create_table(
        "opening_hours", _facility(), _number("weekday"), _day(), _text("hours"), _number("version"),
        sa.PrimaryKeyConstraint("facility", "weekday", "valid_from"),
    )  # fmt: skip
    op.create_table(
        "special_day", _facility(), _day("day"), _text("hours"), _text("reason", nullable=True), _number("version"),
        sa.PrimaryKeyConstraint("facility", "day"),
    )  # fmt: skip
    op.create_table(
        "equipment", _facility(), _text("item"), _day("checked_on"), _number("count"), _number("working"),
        _number("version"), sa.CheckConstraint("working BETWEEN 0 AND count", name="equipment_works_at_most_all"),
        sa.PrimaryKeyConstraint("facility", "item", "checked_on"),
    )  # fmt: skip
    ward = ("facility", "unit", "care_class")
    op.create_table(
        "bed", _facility(), _text("unit"), _text("care_class"), _day(), _number("total"), _number("version"),
        sa.PrimaryKeyConstraint(*ward, "valid_from"),
    )  # fmt: skip
    op.create_table(
        "free_bed", _facility(), _text("unit"), _text("care_class"), _number("free"),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False), _number("version"),
        sa.PrimaryKeyConstraint(*ward),
    )  # fmt: skip


def downgrade() -> None:
    for table in (
        "jkn_contract", "free_bed", "bed", "equipment", "special_day", "opening_hours", "competence", "offered_service",
        "service_type",
    ):  # fmt: skip
        op.drop_table(table)
