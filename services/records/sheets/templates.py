"""The templates: one row a visit, columns in programme words. What a column fills is a word of the plain-JSON visit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from services.records.sheets.columns import BadCell, Column, is_empty, plain, read
from services.records.visit.given import Vaccine
from services.records.visit.parts import LOCAL

EXAMPLE = "CONTOH"
"""Rows whose name begins so are those of the template, and are passed over."""
SEX = {"L": "L", "P": "P", "Laki-laki": "L", "Perempuan": "P"}
SMOKES = {"tidak": "tidak", "pasif": "pasif", "berhenti": "berhenti", "ya": "ya"}
NORMAL = {"normal": "normal", "tidak normal": "tidak-normal"}
FOUND = {"negatif": "negatif", "positif": "positif"}
REACTION = {"nonreaktif": "nonreaktif", "reaktif": "reaktif"}
VACCINES = {name: name for name in get_args(Vaccine)}
RISKS = {w.replace("-", " "): w for w in (
    "merokok", "gula-berlebih", "garam-berlebih", "lemak-berlebih", "kurang-sayur-buah", "kurang-gerak", "alkohol",
)}  # fmt: skip
SKILAS = {w: w for w in ("kognitif", "mobilisasi", "malnutrisi", "penglihatan", "pendengaran", "depresi")}
CONTACTS = {w: w for w in ("K1A", "K1M", "K2", "K3", "K4", "K5", "K6")}


@dataclass(frozen=True, slots=True)
class Template:
    """One template: its name, what it is for, its columns, and what holds for every row."""

    name: str
    title: str
    help: str
    columns: tuple[Column, ...]
    fixed: Mapping[str, Any]

    def find(self, heading: Any) -> Column | None:
        """The column of a heading as written."""
        return next((c for c in self.columns if plain(c.heading) == plain(heading)), None)


def _c(heading: str, path: str, kind: str = "number", example: str = "", **more: Any) -> Column:
    return Column(heading, path, kind, example=example, **more)


def _who(day: str) -> tuple[Column, ...]:
    return (
        _c(day, "at", "day", "05/03/2026", required=True, help="Hari kunjungan, hh/bb/tttt"),
        _c("Nomor", "number", "text", help="Nomor kunjungan di buku Anda, bila ada; mencegah kiriman ganda"),
        _c("NIK", "patient.nik", "nik", "1410014107900001", help="16 angka; kolom berformat Teks"),
        _c("NIK ibu", "patient.nik_ibu", "nik", help="Untuk bayi yang belum punya NIK"),
        _c("Urutan lahir", "patient.birth_order", "whole", help="Bersama NIK ibu: 0 tunggal, 1 kembar pertama, …"),
        _c("Nomor JKN", "patient.jkn", "jkn", help="13 angka; kolom berformat Teks"),
        _c("Nomor KK", "patient.kk", "kk", "1410011203150007", help="16 angka; kolom berformat Teks"),
        _c("Nama", "patient.name", "text", "CONTOH Siti Aminah", required=True),
        _c("Tanggal lahir", "patient.birth_date", "day", "01/07/1990", required=True, help="hh/bb/tttt"),
        _c("Jenis kelamin", "patient.sex", "choice", "P", required=True, choices=SEX, help="L atau P"),
        _c("Kode desa", "patient.address.village", "village", "1410011001", help="Kode Kemendagri, 10 angka"),
        _c("RT", "patient.address.rt", "text", "2"),
        _c("RW", "patient.address.rw", "text", "1"),
        _c("Telepon", "patient.phone", "phone", "081234567890"),
    )


_PRESSURE = (
    _c("Sistolik (mmHg)", "measurements.systolic", example="118"),
    _c("Diastolik (mmHg)", "measurements.diastolic", example="76"),
)
_WEIGHT = _c("Berat badan (kg)", "measurements.weight_kg", example="58,4")
_HEIGHT = _c("Tinggi badan (cm)", "measurements.height_cm", example="156")
_MUAC = _c("LiLA (cm)", "measurements.muac_cm")
_WAIST = _c("Lingkar perut (cm)", "measurements.waist_cm", example="82")
_GLUCOSE = (
    _c("Gula darah (mg/dL)", "measurements.glucose_mgdl", example="112"),
    _c("Jenis gula darah", "measurements.glucose_kind", "choice",
       choices={"sewaktu": "sewaktu", "puasa": "puasa", "2 jam": "2jam"}),
)  # fmt: skip
_CHOLESTEROL = _c("Kolesterol (mg/dL)", "measurements.cholesterol_mgdl")
_HB = _c("Hb (g/dL)", "measurements.hemoglobin")
_LMP = _c("HPHT", "pregnancy.lmp", "day", help="Hari pertama haid terakhir")
_IRON = _c("TTD (tablet)", "medicine:92000653", "whole", help="Tablet tambah darah yang diberikan")
_EDUCATION = _c("Edukasi", "education", "yes", "ya")
_SMOKING = _c("Merokok", "screening.smoking", "choice", "tidak", choices=SMOKES)
_DIAGNOSES = _c(
    "Diagnosis", "diagnoses", "words", "hipertensi", help="Nama penyakit atau kode ICD-10; beberapa dipisah titik koma"
)
_NOTES = _c("Catatan", "notes", "text")
_GIVEN = _c(
    "Imunisasi", "vaccines", "several", "", choices=VACCINES, help="Yang diberikan hari ini, dipisah koma: OPV2, PCV1"
)
_SKILAS = _c(
    "SKILAS", "screening.skilas", "several", choices=SKILAS, help="Ranah bermasalah, dipisah koma; tidak ada = nihil"
)

POSYANDU = Template(
    "posyandu", "Posyandu siklus hidup",
    "Satu baris satu orang yang datang: balita, ibu hamil, dewasa, lansia. Isi kolom yang dikerjakan saja.",
    (
        *_who("Tanggal"), _WEIGHT,
        _c("Panjang badan (cm)", "measurements.length_cm", help="Telentang, di bawah 2 tahun"), _HEIGHT,
        _c("Lingkar kepala (cm)", "measurements.head_cm"), _MUAC,
        _c("ASI eksklusif", "child.exclusive_breastfeeding", "yes"), _c("BB naik", "child.weight_gain", "yes"),
        _c("Vitamin A", "child.vitamin_a", "choice", choices={"biru": "biru", "merah": "merah"}), _GIVEN,
        _c("SDIDTK", "screening.sdidtk", "choice",
           choices={w: w for w in ("sesuai", "meragukan", "penyimpangan")}),
        _LMP, _IRON, *_PRESSURE, *_GLUCOSE, _WAIST, _SMOKING, _SKILAS, _EDUCATION, _NOTES,
    ),
    {"kind": "posyandu"},
)  # fmt: skip
IMMUNISATION = Template(
    "imunisasi", "Riwayat imunisasi",
    "Satu baris satu anak: tanggal tiap dosis seperti di buku KIA. Dicatat sebagai laporan, bukan diberikan di sini.",
    (
        *_who("Tanggal catat"),
        *(_c(name, f"vaccine:{name}", "day", "12/01/2026" if name == "HB0" else "") for name in VACCINES),
    ),
    {"cluster": "2"},
)  # fmt: skip
ANC = Template(
    "anc", "Riwayat pemeriksaan kehamilan",
    "Satu baris satu kunjungan ANC. Kunjungan seorang ibu dengan HPHT yang sama menjadi satu kehamilan.",
    (
        *_who("Tanggal"),
        _c("Kontak", "pregnancy.contact", "choice", "K1M", choices=CONTACTS), _LMP,
        _c("Usia kehamilan (minggu)", "pregnancy.gestational_weeks", example="12"),
        _c("Gravida", "pregnancy.gravida", "whole", "2"), _c("Para", "pregnancy.para", "whole", "1"),
        _c("Abortus", "pregnancy.abortus", "whole", "0"), _WEIGHT, _HEIGHT, _MUAC, *_PRESSURE,
        _c("TFU (cm)", "measurements.fundal_height_cm"), _c("DJJ (per menit)", "measurements.fetal_heart_rate"),
        _c("Presentasi", "pregnancy.presentation", "choice",
           choices={w: w for w in ("kepala", "sungsang", "lintang")}),
        _c("Td", "vaccines", "several", choices={n: n for n in VACCINES if n.startswith("TD")}),
        _IRON, _HB, _c("Golongan darah", "tests.blood_group", "choice", choices={g: g for g in ("A", "B", "AB", "O")}),
        _c("Protein urin", "tests.urine_protein", "choice",
           choices={w: w for w in ("negatif", "trace", "+1", "+2", "+3", "+4")}),
        _c("HIV", "tests.hiv", "choice", choices=REACTION), _c("Sifilis", "tests.syphilis", "choice", choices=REACTION),
        _c("HBsAg", "tests.hbsag", "choice", choices=REACTION), _c("USG", "pregnancy.usg", "yes"), _EDUCATION,
        _c("Pemeriksa", "practitioner.name", "text"), _NOTES,
    ),
    {"cluster": "2"},
)  # fmt: skip
PTM = Template(
    "ptm", "Skrining PTM usia dewasa",
    "Satu baris satu orang yang diskrining.",
    (
        *_who("Tanggal"), _WEIGHT, _HEIGHT, _WAIST, *_PRESSURE, *_GLUCOSE, _CHOLESTEROL, _SMOKING,
        _c("Faktor risiko", "screening.risks", "several", "garam berlebih", choices=RISKS,
           help="Dipisah koma; tidak ada = nihil"),
        _c("Visus kanan", "screening.vision_right", "text", help="misalnya 6/6"),
        _c("Visus kiri", "screening.vision_left", "text", help="misalnya 6/6"),
        _c("Pendengaran", "screening.hearing", "choice", choices=NORMAL),
        _c("IVA", "screening.iva", "choice", choices=FOUND),
        _c("SADANIS", "screening.breast", "choice", choices=NORMAL),
        _DIAGNOSES, _EDUCATION, _NOTES,
    ),
    {"cluster": "3"},
)  # fmt: skip
ELDERLY = Template(
    "lansia", "Skrining lansia",
    "Satu baris satu orang berumur 60 tahun ke atas.",
    (
        *_who("Tanggal"), _WEIGHT, _HEIGHT, *_PRESSURE, *_GLUCOSE, _CHOLESTEROL, _SKILAS,
        _c("AKS/Barthel (0-20)", "screening.barthel", "whole", "20"),
        _c("Mini-Cog (0-5)", "screening.mini_cog", "whole"),
        _c("AMT (0-10)", "screening.amt", "whole"), _c("GDS (0-15)", "screening.gds", "whole"), _DIAGNOSES, _EDUCATION,
        _NOTES,
    ),
    {"cluster": "3"},
)  # fmt: skip
TEMPLATES: dict[str, Template] = {t.name: t for t in (POSYANDU, IMMUNISATION, ANC, PTM, ELDERLY)}


Bad = tuple[str, BadCell]


def to_visit(template: Template, cells: Mapping[str, Any]) -> tuple[dict[str, Any], list[Bad]]:
    """A row as a plain-JSON visit, and the cells (by heading) that could not be read."""
    visit: dict[str, Any] = dict(template.fixed)
    bad: list[Bad] = []
    for column in template.columns:
        cell = cells.get(column.heading)
        if is_empty(cell):
            if column.required:
                bad.append((column.heading, BadCell("wajib diisi", "is required")))
            continue
        try:
            _fill(visit, column, read(column, cell))
        except BadCell as error:
            bad.append((column.heading, error))
    return visit, bad


def _fill(visit: dict[str, Any], column: Column, value: Any) -> None:
    special, _, code = column.path.partition(":")
    match special:
        case "at":
            visit["at"] = f"{value}T08:00:00{_ZONE}"
        case "vaccine":
            visit.setdefault("vaccines", []).append({"vaccine": code, "date": value, "reported": True})
        case "vaccines":
            visit.setdefault("vaccines", []).extend({"vaccine": name} for name in value)
        case "medicine":
            if value:
                visit.setdefault("medicines", []).append({"kfa": code, "quantity": float(value)})
        case "diagnoses":
            visit["diagnoses"] = [_diagnosis(words) for words in value]
        case _:
            *parents, name = column.path.split(".")
            here = visit
            for parent in parents:
                here = here.setdefault(parent, {})
            here[name] = value


_ZONE = "+07:00" if str(LOCAL) == "Asia/Jakarta" else ""


def _diagnosis(words: str) -> dict[str, str]:
    code = words.replace(" ", "").upper()
    is_code = len(code) >= 3 and code[0].isalpha() and code[1:3].isdigit()
    return {"icd10": code} if is_code else {"name": words}


def heading_of(template: Template, pointer: str) -> str | None:
    """The heading whose cell a fault of the visit points at."""
    parts = [p for p in pointer.split("/") if p and not p.isdigit()]
    paths = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
    found = [c for c in template.columns if c.path.partition(":")[0] in paths]
    found.sort(key=lambda c: -len(c.path))
    if found:
        return found[0].heading
    return next((c.heading for c in template.columns if parts and c.path.startswith(("vaccine:", "medicine:"))
                 and parts[0].startswith(c.path.partition(":")[0])), None)  # fmt: skip
