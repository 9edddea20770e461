"""ILP units: services by cluster, who leads one, who serves when, who cares for a posyandu"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Text = sqlmodel.sql.sqltypes.AutoString
SOURCE = "KMK HK.01.07/MENKES/2015/2023"
# service, cluster, name, who is competent (empty: anyone)
SERVICES = (
    ("tata-usaha", "1", "Ketatausahaan", ""), ("manajemen-puskesmas", "1", "Manajemen puskesmas dan mutu", ""),
    ("sistem-informasi", "1", "Sistem informasi digital", ""),
    ("jejaring", "1", "Jejaring dan pemberdayaan masyarakat", ""),
    ("ibu", "2", "Ibu hamil, bersalin, dan nifas", "bidan dokter"),
    ("balita", "2", "Bayi, balita, dan anak prasekolah", "bidan dokter gizi perawat"),
    ("remaja", "2", "Anak usia sekolah dan remaja", "bidan dokter gizi kesmas perawat"),
    ("dewasa", "3", "Usia dewasa", "bidan dokter gizi kesmas perawat"),
    ("lansia", "3", "Lanjut usia", "bidan dokter gizi kesmas perawat"),
    ("penyakit-menular", "4", "Pengendalian penyakit menular", "atlm bidan dokter kesmas perawat sanitarian"),
    ("surveilans", "4", "Surveilans dan respons", "bidan dokter kesmas perawat sanitarian"),
    ("kesehatan-lingkungan", "4", "Kesehatan lingkungan", "kesmas sanitarian"),
    ("gigi-mulut", "lintas", "Kesehatan gigi dan mulut", "dokter-gigi perawat"),
    ("gawat-darurat", "lintas", "Gawat darurat", "bidan dokter perawat"),
    ("rawat-inap", "lintas", "Rawat inap dan persalinan", "bidan dokter gizi perawat"),
    ("kefarmasian", "lintas", "Kefarmasian", "farmasi"),
    ("laboratorium", "lintas", "Laboratorium kesehatan masyarakat", "atlm"),
)  # fmt: skip


def upgrade() -> None:
    _dated(
        "unit_service", ("service",), _text("cluster"), _text("name"), _text("competent", True),
        _text("regulation", True),
    )  # fmt: skip
    _dated(
        "cluster_lead", ("facility", "cluster"), _text("practitioner"), _text("decree", True),
        _to("facility", "facility.code"), _to("practitioner", "professional.id"),
    )  # fmt: skip
    op.create_index("ix_cluster_lead_practitioner", "cluster_lead", ["practitioner"])
    slot = ("facility", "service", "practitioner", "shift")
    _dated(
        "roster", slot, _text("weekdays"), sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False), sa.CheckConstraint("starts <> ends", name="roster_lasts"),
        _to("facility", "facility.code"), _to("practitioner", "professional.id"),
    )  # fmt: skip
    op.create_index("ix_roster_practitioner", "roster", ["practitioner"])
    _dated(
        "posyandu_crew", ("posyandu",), _text("facility"), _text("coordinator"),
        sa.Column("kader", sa.Integer(), nullable=False),
        sa.CheckConstraint("kader >= 0", name="posyandu_crew_kader"), _to("posyandu", "facility.code"),
        _to("facility", "facility.code"), _to("coordinator", "professional.id"),
    )  # fmt: skip
    op.create_index("ix_posyandu_crew_facility", "posyandu_crew", ["facility"])
    rows = ", ".join(f"('{s}', DATE '2023-01-01', '{c}', '{n}', nullif('{w}', ''), '{SOURCE}', 1)"
                     for s, c, n, w in SERVICES)  # fmt: skip
    op.execute(
        f"INSERT INTO unit_service (service, valid_from, cluster, name, competent, regulation, version) VALUES {rows}"
    )
    op.execute(
        "INSERT INTO history (of, key, version, recorded_by, row)"
        " SELECT 'unit_service', service || '/' || valid_from, 1, 'migration', to_jsonb(t) FROM unit_service t"
    )


def _text(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, Text(), nullable=nullable)


def _to(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target])


def _dated(table: str, key: Sequence[str], *columns: sa.Column | sa.Constraint) -> None:
    """A table of rows that hold from a day to a last day; of one key no two on one day."""
    op.create_table(
        table,
        *(_text(c) for c in key),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        *columns,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("valid_until >= valid_from", name=f"{table}_ends_after_start"),
        postgresql.ExcludeConstraint(
            *((sa.column(c), "=") for c in key), (sa.text("daterange(valid_from, valid_until, '[]')"), "&&"),
            deferrable=True, initially="IMMEDIATE", using="gist", name=f"{table}_one_at_a_time",
        ),
        sa.PrimaryKeyConstraint(*key, "valid_from"),
    )  # fmt: skip


def downgrade() -> None:
    for table in ("posyandu_crew", "roster", "cluster_lead", "unit_service"):
        op.drop_table(table)
        op.execute(f"DELETE FROM history WHERE of = '{table}'")
