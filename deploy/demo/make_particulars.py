"""What hangs on the demo's facilities, written beside `facilities.csv` by `make_network`: deterministic, made up.

A few things are wrong on purpose, so that the report of codes has something to show: a licence that has ended, one
licence number twice, a clinic without registration, a contract with another PPK code, a practice on the wrong island.
"""

from collections.abc import Iterable, Iterator, Sequence

Row = Sequence[object]
INPATIENT = {"P1410030101", "P1410050101", "P1410080101", "P1410090101"}
ENDED, TWICE, UNREGISTERED, OTHER_PPK, ASTRAY = (
    "D1410010305", ("D1410010307", "D1410010308"), "K1410050201", "K1410030201", "D1410010312",
)  # fmt: skip
STREETS = ("Merdeka", "Diponegoro", "Imam Bonjol", "Teuku Umar", "Kartini", "Pelabuhan", "Banglas", "Dorak")
LICENSED = {"puskesmas", "klinik-pratama", "tpmd", "rs"}
COLUMNS = "licence,licence_from,licence_until,nib,inpatient,hospital_class,address,email,status"


def more_of(serial: int, code: str, kind: str) -> Row:
    """The columns of `COLUMNS` for one facility."""
    number = TWICE[0] if code == TWICE[1] else code
    licence = (f"503/IZIN/{number}", "2024-01-02", "2029-01-01") if kind in LICENSED else ("", "", "")
    if code == ENDED:
        licence = (licence[0], "2020-07-01", "2025-06-30")
    nib = f"9914{serial:09d}" if kind in ("klinik-pratama", "tpmd") else ""
    inpatient = {"puskesmas": "ya" if code in INPATIENT else "tidak", "klinik-pratama": "tidak"}.get(kind, "")
    address = f"Jl. {STREETS[serial % len(STREETS)]} No. {serial * 3}"
    return *licence, nib, inpatient, "C" if kind == "rs" else "", address, f"{code.lower()}@faskes.example", "active"


def registration(serial: int, code: str, kind: str, village: str) -> str:
    """Puskesmas: P and ten digits; hospitals: seven digits; numbers that no register issues."""
    if code == UNREGISTERED:
        return ""
    return {"puskesmas": f"P99{village[:6]}{serial:02d}", "rs": f"9914{serial:03d}"}.get(
        kind, f"9{village[:6]}{serial:04d}"
    )


BASIC = ("rawat-jalan", "kia", "kb", "imunisasi", "gizi", "gigi", "lab", "tb", "ptm", "jiwa", "lansia", "farmasi")
SERVICES = {
    "puskesmas": (*BASIC, "persalinan", "usg", "ambulans"),
    "klinik-pratama": ("rawat-jalan", "kia", "imunisasi", "ptm", "farmasi"), "tpmd": ("rawat-jalan", "ptm"),
    "rs": (
        "rawat-jalan", "rawat-inap", "igd-24-jam", "spesialis", "ponek", "bedah", "lab", "radiologi", "usg", "farmasi",
        "hemodialisa", "ambulans",
    ),
}  # fmt: skip


def services(made: Sequence[Row]) -> Iterator[Row]:
    for row in made:
        inpatient = ("rawat-inap", "igd-24-jam", "poned") if row[0] in INPATIENT else ()
        for service in (*SERVICES.get(str(row[2]), ()), *inpatient):
            yield row[0], service, "2020-01-01", ""


LEVELS = {
    "puskesmas": (("icd10", "I10-I15", "dasar"), ("icd10", "E10-E14", "dasar"), ("icd10", "A15-A19", "dasar")),
    "klinik-pratama": (("icd10", "I10-I15", "dasar"), ("icd10", "E10-E14", "dasar")),
    "tpmd": (("icd10", "I10-I15", "dasar"),),
    "rs": (
        ("icd10", "I20-I25", "madya"), ("icd10", "I10-I15", "utama"), ("icd10", "E10-E14", "madya"),
        ("icd10", "A15-A19", "utama"), ("icd10", "O80-O84", "utama"), ("icd9cm", "74.1", "utama"),
        ("icd9cm", "39.95", "madya"),
    ),
}  # fmt: skip


def competences(made: Sequence[Row]) -> Iterator[Row]:
    for row in made:
        for system, code, level in LEVELS.get(str(row[2]), ()):
            yield row[0], system, code, level, "2024-01-01", ""


WEEKS = {
    "puskesmas": (*["08:00-14:00"] * 4, "08:00-11:30", "08:00-13:00", "tutup"),
    "klinik-pratama": (*["08:00-21:00"] * 6, "tutup"), "tpmd": (*["17:00-21:00"] * 6, "tutup"), "rs": ("24 jam",) * 7,
    "dinkes": (*["07:30-16:00"] * 5, "tutup", "tutup"),
}  # fmt: skip
OWN_WEEKS = {
    "K1410010202": ("24 jam",) * 7, "D1410010301": (*["07:00-09:00 17:00-21:00"] * 6, "tutup"),
    "D1410010306": (*["20:00-02:00"] * 5, "tutup", "tutup"),
}  # fmt: skip


def opening_hours(made: Sequence[Row]) -> Iterator[Row]:
    for row in made:
        week = OWN_WEEKS.get(str(row[0])) or WEEKS[str(row[2])]
        for weekday, hours in enumerate(week, 1):
            yield row[0], weekday, "2020-01-01", hours


def special_days(made: Sequence[Row]) -> Iterator[Row]:
    for row in made:
        if row[2] == "puskesmas":
            for day, reason in (
                ("2026-12-25", "Hari Natal"),
                ("2027-01-01", "Tahun baru"),
                ("2030-12-25", "Hari Natal"),
            ):
                yield row[0], day, "tutup", reason


ITEMS = {
    "puskesmas": (("usg", 1), ("ekg", 1), ("antropometri-kit", 4), ("lemari-vaksin", 2), ("tcm", 1)),
    "klinik-pratama": (("ekg", 1), ("antropometri-kit", 1)), "tpmd": (("tensimeter", 2),),
    "rs": (("usg", 4), ("ct-scan", 1), ("ventilator", 6), ("mesin-hemodialisa", 8), ("inkubator", 5)),
}  # fmt: skip


def equipment(made: Sequence[Row]) -> Iterator[Row]:
    for serial, row in enumerate(made):
        for item, count in ITEMS.get(str(row[2]), ()):
            yield row[0], item, "2025-11-15", count, max(count - (serial % 5 == 3), 0)


def beds(made: Sequence[Row]) -> Iterator[Row]:
    for row in made:
        if row[0] in INPATIENT:
            yield row[0], "umum", "umum", "2020-01-01", 8
            yield row[0], "bersalin", "bersalin", "2020-01-01", 3
        if row[2] == "rs":
            for unit, care_class, total in (
                ("melati", "3", 24), ("anggrek", "2", 12), ("mawar", "1", 8), ("tulip", "vip", 4), ("icu", "icu", 6),
                ("perinatologi", "perinatologi", 10), ("kebidanan", "bersalin", 14), ("igd", "igd", 10),
            ):  # fmt: skip
                yield row[0], unit, care_class, "2020-01-01", total


WITHOUT_JKN = 20
"""Of the practices of doctors, from this one on."""


def contracts(made: Sequence[Row]) -> Iterator[Row]:
    doctors = [row[0] for row in made if row[2] == "tpmd"]
    for row in made:
        code, kind = str(row[0]), str(row[2])
        if kind == "dinkes" or code in doctors[WITHOUT_JKN:]:
            continue
        ppk = "9914B099" if code == OTHER_PPK else row[5]
        as_ = ("fkrtl", "tidak") if kind == "rs" else ("fktp", "ya")
        if code == "K1410010201":
            yield code, "2020-01-01", "2024-12-31", ppk, *as_, f"PKS-2020-{code}"
            yield code, "2025-01-01", "", ppk, *as_, f"PKS-2025-{code}"
        else:
            yield code, "2020-01-01", "", ppk, *as_, f"PKS-{code}"


FILES = {
    "services": ("facility,service,valid_from,valid_until", services),
    "competences": ("facility,system,code,level,valid_from,valid_until", competences),
    "opening-hours": ("facility,weekday,valid_from,hours", opening_hours),
    "special-days": ("facility,day,hours,reason", special_days),
    "equipment": ("facility,item,checked_on,count,working", equipment), "beds": (
        "facility,unit,care_class,valid_from,total", beds
    ),
    "jkn-contracts": ("facility,valid_from,valid_until,ppk_code,kind,capitation,number", contracts),
}  # fmt: skip


def files(made: Sequence[Row]) -> Iterable[tuple[str, str, Iterable[Row]]]:
    """Name, header and rows of each file."""
    for name, (header, rows) in FILES.items():
        yield f"{name}.csv", header, rows(made)
