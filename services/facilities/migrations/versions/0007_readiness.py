"""ILP readiness: checklist, claims, files of evidence, targets"""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KMK = "KMK HK.01.07/MENKES/2015/2023"
HERE = "Daftar periksa Simpul menurut KMK 2015/2023; penilaian resmi belum diumumkan"
CRITERIA = (
    # code, name, evidence, required, weight, months, seen in, source
    ("sk-klaster", "SK struktur klaster", "Decree on the cluster structure",
     "Salinan SK kepala puskesmas dengan penanggung jawab klaster 1 sampai 4 dan lintas klaster",
     "Copy of the decree naming those in charge of clusters 1 to 4 and across clusters", True, 2, None, None, KMK),
    ("alur-klaster", "Alur layanan per klaster", "A path of care per cluster",
     "Denah atau alur pelayanan per klaster yang dipakai di ruang pelayanan",
     "Plan or flow of care per cluster as used on the floor", True, 1, None, None, KMK),
    ("pustu-paket", "Sedikitnya satu pustu dengan paket layanan", "At least one pustu with its package of care",
     "Jadwal dan laporan layanan pustu", "The pustu's timetable and report", True, 2, None, "pustu", KMK),
    ("posyandu-siklus-hidup", "Posyandu seluruh siklus hidup", "Posyandu for the whole cycle of life",
     "Laporan hari buka posyandu: bumil, balita, remaja, dewasa, lansia",
     "Report of posyandu days: mothers, children, youth, adults, elders", True, 2, None, "posyandu", KMK),
    ("kunjungan-rumah", "Kunjungan rumah oleh kader dan tenaga kesehatan", "Home visits by cadres and health workers",
     "Rekap kunjungan rumah sebulan", "A month's recap of home visits", True, 2, 24, None, KMK),
    ("pws-lokmin", "PWS dipakai di lokakarya mini bulanan", "Local monitoring (PWS) used in the monthly meeting",
     "Notulen lokmin yang memuat dasbor PWS dan tindak lanjut",
     "Minutes of the meeting with the PWS dashboard and what followed", True, 2, 24, None, KMK),
    ("jejaring", "Jejaring dengan klinik dan praktik mandiri", "Network with clinics and solo practices",
     "MoU, PKS, atau SK jejaring", "MoU, agreement or decree of the network", False, 1, None, "agreement", KMK),
    ("kader-25", "Kader dengan 25 keterampilan dasar", "Cadres with the 25 basic skills",
     "Daftar kader dan tingkatnya", "List of cadres and their level", False, 1, None, None, HERE),
)  # fmt: skip


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    criterion = op.create_table(
        "readiness_criterion",
        sa.Column("code", text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_id", text(), nullable=False),
        sa.Column("name_en", text(), nullable=False),
        sa.Column("evidence_id", text(), nullable=False),
        sa.Column("evidence_en", text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("evidence_months", sa.Integer(), nullable=True),
        sa.Column("seen_in", text(), nullable=True),
        sa.Column("source", text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("valid_until >= valid_from", name="readiness_criterion_ends_after_start"),
        sa.PrimaryKeyConstraint("code", "valid_from"),
    )
    op.create_table(
        "readiness_document",
        sa.Column("id", text(), nullable=False),
        sa.Column("facility", text(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("sha256", text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored_by", text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_readiness_document_facility", "readiness_document", ["facility"])
    op.create_table(
        "readiness_claim",
        sa.Column("facility", text(), nullable=False),
        sa.Column("criterion", text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("note", text(), nullable=True),
        sa.Column("link", text(), nullable=True),
        sa.Column("file", text(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("reason", text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("verified_on >= claimed_on", name="readiness_claim_verified_after_claim"),
        sa.CheckConstraint("returned_on >= coalesce(verified_on, claimed_on)", name="readiness_claim_returned_last"),
        sa.CheckConstraint("(returned_on IS NULL) = (reason IS NULL)", name="readiness_claim_returned_for_a_reason"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"]),
        sa.ForeignKeyConstraint(["file"], ["readiness_document.id"], name="readiness_claim_file"),
        sa.PrimaryKeyConstraint("facility", "criterion", "number"),
    )
    op.create_table(
        "readiness_target",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("target", sa.Integer(), nullable=True),
        sa.Column("source", text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("target >= 0", name="readiness_target_not_negative"),
        sa.PrimaryKeyConstraint("year"),
    )
    columns = ("code", "name_id", "name_en", "evidence_id", "evidence_en", "required", "weight", "evidence_months",
               "seen_in", "source")  # fmt: skip
    first: dict[str, object] = {"valid_from": date(2023, 10, 1), "version": 1}
    for position, row in enumerate(CRITERIA, 1):
        values = {**dict(zip(columns, row, strict=True)), **first, "position": position}
        op.execute(criterion.insert().values(values))
    op.execute(
        "INSERT INTO history (of, key, version, recorded_by, row)"
        " SELECT 'readiness_criterion', code || '/' || valid_from, version, 'migration', to_jsonb(t)"
        " FROM readiness_criterion t"
    )


def downgrade() -> None:
    op.execute("DELETE FROM history WHERE of LIKE 'readiness%'")
    op.drop_table("readiness_target")
    op.drop_table("readiness_claim")
    op.drop_table("readiness_document")
    op.drop_table("readiness_criterion")
