"""What does not fit among the codes of facilities on a day: missing, malformed, shared, ended, contradicting.

Nothing here is refused when it is loaded: registers are wrong in the world before they are right here.

Forms of the ministry's registration: puskesmas P and ten digits, hospitals seven digits; a PPK's fifth character tells
the kind in most of BPJS's codes, and says nothing where it is a digit.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

from services.facilities.contract import Kind
from services.facilities.contract.mismatches import BothLanguages, CodeMismatch, Mismatch
from services.facilities.rules import facility_names
from services.facilities.rules.likeness import metres

Row = Mapping[str, Any]
_PRIVATE_CARE = {Kind.KLINIK_PRATAMA, Kind.KLINIK_UTAMA, Kind.TPMD, Kind.TPMB, Kind.DENTIST, Kind.LAB, Kind.APOTEK}
_LICENSED = frozenset({Kind.PUSKESMAS, Kind.RS, *_PRIVATE_CARE})
EXPECTED: Mapping[str, frozenset[Kind]] = {
    "satusehat_id": _LICENSED,
    "registration": frozenset({Kind.PUSKESMAS, Kind.RS, Kind.KLINIK_PRATAMA, Kind.KLINIK_UTAMA}),
    "licence": _LICENSED,
    "inpatient": frozenset({Kind.PUSKESMAS}),
    "hospital_class": frozenset({Kind.RS}),
}
"""Which kinds should have what."""
_NAMES: Mapping[str, str] = {
    "satusehat_id": "nomor SATUSEHAT",
    "registration": "kode registrasi",
    "licence": "nomor izin",
    "inpatient": "keterangan rawat inap",
    "hospital_class": "kelas rumah sakit",
}
FORMS: Mapping[str, tuple[re.Pattern[str], str, str]] = {
    Kind.PUSKESMAS: (re.compile(r"P\d{10}"), "P dan 10 angka", "P and 10 digits"),
    Kind.RS: (re.compile(r"\d{7}"), "7 angka", "7 digits"),
}
"""The form of the ministry's registration, by kind."""
PPK_LETTERS: Mapping[str, frozenset[Kind]] = {
    "P": frozenset({Kind.PUSKESMAS}), "B": frozenset({Kind.KLINIK_PRATAMA, Kind.KLINIK_UTAMA}),
    "U": frozenset({Kind.TPMD}), "G": frozenset({Kind.DENTIST}), "R": frozenset({Kind.RS, Kind.KLINIK_UTAMA}),
    "S": frozenset({Kind.RS, Kind.KLINIK_UTAMA}), "A": frozenset({Kind.APOTEK}),
}  # fmt: skip
"""What the fifth character of a PPK tells of the kind, where it is one of these letters."""
NEAR_METRES = 1_000.0
NEIGHBOURS, FARTHEST_METRES, TIMES = 4, 15_000.0, 3.0
"""A place is astray when it lies farther from the middle of its kecamatan's facilities than the limit, which is three
times their own usual distance, and not less than 15 km; kecamatan with fewer located facilities tell nothing."""


def mismatches(
    facilities: Sequence[Row], contracts: Mapping[str, Row], on: date, ending_within: int
) -> list[CodeMismatch]:
    """Everything that does not fit on a day, by facility. `contracts`: the JKN contract in force, by facility."""
    found = [m for row in facilities for m in _alone(row, contracts.get(row["code"]), on, ending_within)]
    active = [row for row in facilities if row["active"]]
    found += [*_shared(active), *_astray(active), *_twice(active)]
    return sorted(found, key=key)


def key(m: CodeMismatch) -> tuple[str, str, str, str]:
    """Their order, and what makes one."""
    return m.facility, m.what, m.field, m.other or ""


def _one(
    row: Row, what: Mismatch, field: str, wrong: tuple[str, str], right: tuple[str, str], other: str | None = None,
    value: Any = None,
) -> CodeMismatch:  # fmt: skip
    stands = row.get(field) if value is None else value
    return CodeMismatch(
        facility=row["code"], name=row["name"], what=what, field=field, value=None if stands is None else str(stands),
        other=other, wrong=BothLanguages(id=wrong[0], en=wrong[1]), right=BothLanguages(id=right[0], en=right[1]),
    )  # fmt: skip


def _alone(row: Row, contract: Row | None, on: date, ending_within: int) -> Iterator[CodeMismatch]:
    """What one facility shows by itself."""
    if row["active"]:
        yield from _missing(row)
        yield from _forms(row)
        yield from _licence(row, on, ending_within)
    if contract is not None:
        yield from _contract(row, contract)


def _missing(row: Row) -> Iterator[CodeMismatch]:
    for field, kinds in EXPECTED.items():
        if row["kind"] in kinds and row[field] is None:
            yield _one(
                row, Mismatch.MISSING, field, (f"{_NAMES[field]} kosong", f"{field} is empty"),
                (f"{row['kind']} punya {_NAMES[field]}", f"a {row['kind']} has a {field}"),
            )  # fmt: skip


def _forms(row: Row) -> Iterator[CodeMismatch]:
    form = FORMS.get(row["kind"])
    if form and row["registration"] and not form[0].fullmatch(row["registration"]):
        yield _one(
            row, Mismatch.FORM, "registration", ("bentuk tidak sesuai jenisnya", "the form does not fit the kind"),
            form[1:],
        )  # fmt: skip
    ppk = row["bpjs_code"]
    kinds = PPK_LETTERS.get(ppk[4].upper()) if ppk else None
    if kinds and row["kind"] not in kinds:
        able = ", ".join(sorted(kinds))
        yield _one(
            row, Mismatch.PPK_KIND, "bpjs_code",
            (f"huruf {ppk[4]} bukan untuk {row['kind']}", f"the letter {ppk[4]} is not a {row['kind']}'s"),
            (f"huruf ini milik: {able}; periksa kode atau jenisnya", f"it is of: {able}; check the code or the kind"),
        )  # fmt: skip


def _licence(row: Row, on: date, ending_within: int) -> Iterator[CodeMismatch]:
    end = row["licence_until"]
    if end is None:
        return
    right = ("izin baru dengan masa berlakunya", "a new licence with its days")
    if end < on:
        yield _one(
            row, Mismatch.LICENCE_ENDED, "licence_until", (f"izin berakhir {end}", f"the licence ended on {end}"), right
        )
    elif end <= on + timedelta(ending_within):
        left = (end - on).days
        yield _one(
            row, Mismatch.LICENCE_ENDING, "licence_until",
            (f"izin berakhir dalam {left} hari", f"the licence ends in {left} days"), right,
        )  # fmt: skip


def _contract(row: Row, contract: Row) -> Iterator[CodeMismatch]:
    ours, theirs = row["bpjs_code"], contract["ppk_code"]
    if not row["active"]:
        yield _one(
            row, Mismatch.CONTRACT_OF_INACTIVE, "status",
            ("kontrak JKN masih berlaku", "its JKN contract is still in force"),
            ("akhiri kontraknya, atau aktifkan lagi faskesnya", "end the contract, or the facility is active again"),
        )  # fmt: skip
    if theirs is None:
        yield _one(
            row, Mismatch.CONTRACT_WITHOUT_PPK, "ppk_code", ("kontrak JKN tanpa kode PPK", "a contract without PPK"),
            (ours or "kode PPK dari BPJS", ours or "the PPK code BPJS gave"), value="",
        )  # fmt: skip
    elif theirs != ours:
        yield _one(
            row, Mismatch.PPK_DIFFERS, "bpjs_code",
            (f"kontrak JKN menyebut {theirs}", f"the JKN contract says {theirs}"),
            (f"satu kode di keduanya: {theirs} atau {ours or '-'}", f"one code in both: {theirs} or {ours or '-'}"),
        )  # fmt: skip


def _shared(active: Sequence[Row]) -> Iterator[CodeMismatch]:
    for field in ("registration", "licence"):
        holders: dict[str, list[Row]] = defaultdict(list)
        for row in active:
            if row[field]:
                holders[row[field].casefold()].append(row)
        for rows in holders.values():
            for row in rows if len(rows) > 1 else ():
                other = next(r["code"] for r in rows if r is not row)
                yield _one(
                    row, Mismatch.SHARED, field,
                    (f"{other} punya {_NAMES[field]} yang sama", f"{other} has the same {field}"),
                    ("tiap faskes punya nomornya sendiri", "each facility has a number of its own"), other,
                )  # fmt: skip


def _located(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["latitude"] is not None and row["longitude"] is not None]


def _point(row: Row) -> tuple[float, float]:
    return row["latitude"], row["longitude"]


def _astray(active: Sequence[Row]) -> Iterator[CodeMismatch]:
    by_kecamatan: dict[str, list[Row]] = defaultdict(list)
    for row in _located(active):
        by_kecamatan[row["village"][:6]].append(row)
    for kecamatan, rows in by_kecamatan.items():
        if len(rows) <= NEIGHBOURS:
            continue
        middle = median(r["latitude"] for r in rows), median(r["longitude"] for r in rows)
        far = [metres(middle, _point(row)) for row in rows]
        limit = max(FARTHEST_METRES, TIMES * median(far))
        for row, distance in zip(rows, far, strict=True):
            if distance > limit:
                km, near = round(distance / 1000), f"{middle[0]:.3f}, {middle[1]:.3f}"
                yield _one(
                    row, Mismatch.ASTRAY, "latitude",
                    (f"{km} km dari faskes lain di {kecamatan}", f"{km} km from the others in {kecamatan}"),
                    (f"di sekitar {near}, atau desanya lain", f"near {near}, or another village"),
                )  # fmt: skip


def _twice(active: Sequence[Row]) -> Iterator[CodeMismatch]:
    """Two of one kind and name within a kilometre, told at both."""
    same: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in _located(active):
        name = facility_names.read(row["name"])
        same[row["kind"], tuple(sorted(name.words)), tuple(name.numerals)].append(row)
    for rows in same.values():
        for row in rows if len(rows) > 1 else ():
            other = next(
                (r for r in rows if r is not row and metres(_point(r), _point(row)) <= NEAR_METRES), None
            )  # fmt: skip
            if other is not None:
                yield _one(
                    row, Mismatch.DUPLICATE, "name",
                    (f"{other['code']} bernama sama dan berdekatan", f"{other['code']} has this name and is near"),
                    ("tutup salah satu, atau bedakan namanya", "close one of them, or tell their names apart"),
                    other["code"],
                )  # fmt: skip
