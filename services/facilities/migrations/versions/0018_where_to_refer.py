"""where to refer: what diagnoses need, which the first level treats itself, ranking rules, free places of a service

The starting lists are short and marked as not verified: the office compares them with the regulation and loads its own.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

DAYS = "daterange(valid_from, valid_until, '[]')"
SINCE = date(2014, 1, 1)
SKDI = "SKDI 2012 (Perkonsil 11/2012) tingkat 4A; perlu diverifikasi (to be verified)"
START = "Daftar bawaan; perlu diverifikasi (starting list, to be verified)"
NON_SPECIALIST = (
    ("A00", "Kolera"), ("A01.0", "Demam tifoid"), ("A03", "Disentri basiler"), ("A06.0", "Disentri amuba akut"),
    ("A07.1", "Giardiasis"), ("A09", "Gastroenteritis"), ("A15.0", "TB paru, BTA positif"),
    ("A16.2", "TB paru tanpa konfirmasi bakteriologis"), ("A27.9", "Leptospirosis tanpa komplikasi"),
    ("A30", "Kusta (lepra)"), ("A35", "Tetanus"), ("A37", "Pertusis"), ("A46", "Erisipelas"), ("A54.0", "Gonore"),
    ("A59.0", "Trikomoniasis urogenital"), ("A66", "Frambusia"), ("A90", "Demam dengue"),
    ("A91", "Demam berdarah dengue"),
    ("B00.1", "Herpes simpleks tanpa komplikasi"), ("B01.9", "Varisela tanpa komplikasi"),
    ("B02.9", "Herpes zoster tanpa komplikasi"), ("B05.9", "Campak tanpa komplikasi"), ("B07", "Veruka vulgaris"),
    ("B08.1", "Moluskum kontagiosum"), ("B15.9", "Hepatitis A"), ("B26.9", "Parotitis epidemika tanpa komplikasi"),
    ("B35", "Dermatofitosis (tinea)"), ("B36.0", "Pitiriasis versikolor"), ("B37.0", "Kandidiasis mulut"),
    ("B37.2", "Kandidiasis kulit ringan"), ("B51.9", "Malaria vivaks tanpa komplikasi"),
    ("B54", "Malaria, tidak dirinci"), ("B65", "Skistosomiasis"), ("B68", "Taeniasis"), ("B74", "Filariasis"),
    ("B76", "Penyakit cacing tambang"), ("B77", "Askariasis"), ("B78", "Strongiloidiasis"),
    ("B85", "Pedikulosis"), ("B86", "Skabies"),
    ("D17", "Lipoma"), ("D50", "Anemia defisiensi besi"),
    ("E11.9", "Diabetes melitus tipe 2 tanpa komplikasi"), ("E16.2", "Hipoglikemia ringan"),
    ("E46", "Malnutrisi energi-protein"), ("E66", "Obesitas"), ("E78.5", "Dislipidemia"), ("E79.0", "Hiperurisemia"),
    ("F45", "Gangguan somatoform"), ("F51.0", "Insomnia"),
    ("G43", "Migren"), ("G44.2", "Sakit kepala tegang"), ("G51.0", "Bell's palsy"),
    ("H00.0", "Hordeolum"), ("H01.0", "Blefaritis"), ("H04.1", "Mata kering"), ("H10", "Konjungtivitis"),
    ("H11.3", "Perdarahan subkonjungtiva"), ("H15.1", "Episkleritis"), ("H52.0", "Hipermetropia ringan"),
    ("H52.1", "Miopia ringan"), ("H52.2", "Astigmatisme ringan"), ("H52.4", "Presbiopia"), ("H53.6", "Buta senja"),
    ("H60", "Otitis eksterna"), ("H61.2", "Serumen prop"), ("H66.0", "Otitis media akut"),
    ("H81.1", "Vertigo posisi paroksismal jinak"),
    ("I10", "Hipertensi esensial"),
    ("J00", "Rinitis akut"), ("J02", "Faringitis akut"), ("J03", "Tonsilitis akut"), ("J04.0", "Laringitis akut"),
    ("J11", "Influenza"), ("J18", "Pneumonia, bronkopneumonia"), ("J20", "Bronkitis akut"),
    ("J30", "Rinitis vasomotor dan alergi"), ("J34.0", "Furunkel hidung"), ("J45", "Asma bronkial"),
    ("K12.0", "Ulkus mulut (aftosa)"), ("K21", "Refluks gastroesofagus"), ("K29.7", "Gastritis"),
    ("K64.0", "Hemoroid derajat 1"), ("K64.1", "Hemoroid derajat 2"),
    ("L01", "Impetigo"), ("L02", "Furunkel, karbunkel"), ("L04", "Limfadenitis akut"), ("L08.1", "Eritrasma"),
    ("L20", "Dermatitis atopik"), ("L21", "Dermatitis seboroik"), ("L22", "Dermatitis popok"),
    ("L24", "Dermatitis kontak iritan"), ("L27.0", "Erupsi obat eksantematosa"), ("L30.0", "Dermatitis numularis"),
    ("L42", "Pitiriasis rosea"), ("L50", "Urtikaria akut"), ("L70.0", "Akne vulgaris ringan"),
    ("L71.0", "Dermatitis perioral"), ("L73.2", "Hidradenitis supuratif"), ("L74.0", "Miliaria"),
    ("L97", "Ulkus tungkai"),
    ("N10", "Pielonefritis tanpa komplikasi"), ("N30.0", "Sistitis akut"), ("N39.0", "Infeksi saluran kemih"),
    ("N47", "Fimosis, parafimosis"), ("N61", "Mastitis"), ("N76.0", "Vaginitis akut"), ("N76.2", "Vulvitis akut"),
    ("O70.0", "Ruptur perineum tingkat 1"), ("O70.1", "Ruptur perineum tingkat 2"),
    ("O92.1", "Puting susu lecet"), ("O99.0", "Anemia pada kehamilan"),
    ("P38", "Infeksi umbilikus"),
    ("R04.0", "Epistaksis"), ("R56.0", "Kejang demam"),
    ("T15.1", "Benda asing di konjungtiva"), ("T17.1", "Benda asing di hidung"), ("T75.3", "Mabuk perjalanan"),
    ("Z21", "HIV tanpa gejala"), ("Z34", "Kehamilan normal"),
)  # fmt: skip
NEEDS = (
    ("A00-Z99", "emergency", "igd-24-jam"), ("A15-A19", "any", "tb"), ("B20-B24", "any", "hiv"),
    ("E10-E14", "any", "ptm"), ("E40-E46", "any", "gizi"), ("F00-F99", "any", "jiwa"), ("I10-I15", "any", "ptm"),
    ("I20-I25", "any", "spesialis"), ("I60-I69", "any", "spesialis"), ("K00-K08", "any", "gigi"),
    ("K35", "any", "bedah"), ("K40", "any", "bedah"), ("N18.5", "any", "hemodialisa"), ("O00-O99", "any", "kia"),
    ("O14", "any", "ponek"), ("O15", "any", "ponek"), ("O72", "any", "ponek"), ("Z30", "any", "kb"),
)  # fmt: skip
RULES = (
    ("competence", "any", 25), ("services", "any", 20), ("open", "any", 15), ("open", "routine", 5),
    ("distance", "any", 15), ("distance", "emergency", 25), ("capacity", "any", 10), ("capacity", "emergency", 15),
    ("jkn", "any", 10), ("jkn", "emergency", 2), ("agreement", "any", 5), ("answers", "any", 5),
    ("answers", "emergency", 15), ("acceptance", "any", 10), ("half-distance-km", "any", 20),
    ("half-distance-km", "emergency", 10), ("stale-minutes", "any", 360), ("stale-minutes", "routine", 1440),
    ("stale-minutes", "emergency", 120), ("half-answer-minutes", "any", 60), ("half-answer-minutes", "routine", 1440),
    ("half-answer-minutes", "emergency", 15), ("unknown-percent", "any", 40), ("history-days", "any", 90),
)  # fmt: skip
KEYS = {
    "non_specialist_diagnosis": "code || '/' || valid_from",
    "diagnosis_service": "code || '/' || urgency || '/' || service || '/' || valid_from",
    "candidate_rule": "rule || '/' || urgency || '/' || valid_from",
}


def _text(name: str, *foreign: sa.ForeignKey, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), *foreign, nullable=nullable)


def _days() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("valid_from", sa.Date(), nullable=False), sa.Column("valid_until", sa.Date())


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _dated(table: str, *key: str) -> tuple[Any, ...]:
    return (
        sa.CheckConstraint("valid_until >= valid_from", name=f"{table}_ends_after_start"),
        postgresql.ExcludeConstraint(
            *((sa.column(c), "=") for c in key), (sa.text(DAYS), "&&"), name=f"{table}_one_at_a_time", using="gist",
            deferrable=True, initially="IMMEDIATE",
        ),
        sa.PrimaryKeyConstraint(*key, "valid_from"),
    )  # fmt: skip


def upgrade() -> None:
    def service() -> sa.ForeignKey:
        return sa.ForeignKey("service_type.code")

    diagnoses = op.create_table(
        "non_specialist_diagnosis", _text("code"), *_days(), _text("name"), _text("source"),
        sa.Column("verified", sa.Boolean(), nullable=False), _number("version"),
        *_dated("non_specialist_diagnosis", "code"),
    )  # fmt: skip
    needs = op.create_table(
        "diagnosis_service", _text("code"), _text("urgency"), _text("service", service()), *_days(),
        _text("source", nullable=True), sa.Column("verified", sa.Boolean(), nullable=False), _number("version"),
        *_dated("diagnosis_service", "code", "urgency", "service"),
    )  # fmt: skip
    rules = op.create_table(
        "candidate_rule", _text("rule"), _text("urgency"), *_days(), _number("value"), _text("note", nullable=True),
        _number("version"), sa.CheckConstraint("value >= 0", name="candidate_rule_value"),
        *_dated("candidate_rule", "rule", "urgency"),
    )  # fmt: skip
    op.create_table(
        "free_slot", _text("facility", sa.ForeignKey("facility.code")), _text("service", service()),
        _number("free"), sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False), _number("version"),
        sa.CheckConstraint("free >= 0", name="free_slot_free"), sa.PrimaryKeyConstraint("facility", "service"),
    )  # fmt: skip
    first = {"valid_from": SINCE, "valid_until": None, "version": 1}
    op.bulk_insert(
        diagnoses, [{"code": c, "name": n, "source": SKDI, "verified": False} | first for c, n in NON_SPECIALIST]
    )
    op.bulk_insert(rules, [{"rule": r, "urgency": u, "value": v, "note": START} | first for r, u, v in RULES])
    known = {r[0] for r in op.get_bind().execute(sa.text("SELECT code FROM service_type"))}
    op.bulk_insert(
        needs,
        [
            {"code": c, "urgency": u, "service": s, "source": START, "verified": False} | first
            for c, u, s in NEEDS
            if s in known
        ],
    )
    for table, key in KEYS.items():
        op.execute(
            "INSERT INTO history (of, key, version, recorded_by, row)"
            f" SELECT '{table}', {key}, 1, 'migration', to_jsonb(t) FROM {table} t"
        )
    op.execute(  # referrals follows this list
        "INSERT INTO event_pending (type, kind, subject, version, data)"
        f" SELECT 'non_specialist_diagnosis', 'created', {KEYS['non_specialist_diagnosis']}, 1,"
        " json_build_object('code', code, 'valid_from', valid_from, 'valid_until', valid_until)::text"
        " FROM non_specialist_diagnosis ORDER BY code"
    )


def downgrade() -> None:
    for table in ("free_slot", *KEYS):
        op.drop_table(table)
        op.execute(f"DELETE FROM history WHERE of = '{table}'")
