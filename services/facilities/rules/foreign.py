"""Another system's list of facilities as our own cells: CSV or XLSX under any headings, or Master Sarana Index answers.

Their words for kinds, owners and states become ours; what a row gives must be right by itself, what it lacks may lack.
MSI: `GET /masterdata/v1/mastersaranaindex/mastersarana` of SATUSEHAT; its fields as its documentation gives them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel, create_model

from services.facilities.contract import Kind
from services.facilities.rules import csvfile
from services.facilities.rules.cells import parse
from services.facilities.rules.csvfile import MOST_ROWS, Refused, Sheet
from services.facilities.rules.facilities import FacilityRow
from services.facilities.rules.facility_names import read as name_of
from services.facilities.rules.headings import field as own_field
from services.kernel.problems import Fault, Invalid, Text, Unprocessable

REF, AREA = "ref", "area"
"""Beside our own columns: their id of the row, and the area it is told to lie in."""
_THEIRS = {
    REF: "id no_id id_faskes id_sarana nomor kode_unik", "name": "nama nama_faskes nama_sarana nama_fasyankes nmppk "
    "nama_ppk faskes", "satusehat_id": "kode_satusehat id_satusehat organization_id ihs organisasi_satusehat",
    "bpjs_code": "kode_bpjs kdppk kode_ppk ppk kode_faskes_bpjs", "registration": "kode_sarana kode_registrasi "
    "kode_kemenkes kode_faskes_kemenkes kode_rs kode_puskesmas",
    "phone": "telp no_telp telepon no_telepon nomor_telepon",
    "kind": "jenis jenis_faskes jenis_sarana tipe tipe_faskes", "ownership": "kepemilikan pemilik status_kepemilikan",
    "latitude": "lat lintang", "longitude": "long lng lon bujur", "village": "kode_desa kode_kelurahan desa_kode "
    "kode_desa_kelurahan", "active": "aktif status status_aktif operasional", "address": "alamat alamat_faskes",
    AREA: "kode_kecamatan kode_kabkota kode_kabupaten kode_wilayah",
}  # fmt: skip
_HEADINGS = {word: column for column, words in _THEIRS.items() for word in words.split()}
_KINDS = {
    "dokter umum": Kind.TPMD, "dokter": Kind.TPMD, "praktik mandiri": Kind.TPMD, "praktek mandiri": Kind.TPMD,
    "dokter gigi": Kind.DENTIST, "bidan": Kind.TPMB, "rs": Kind.RS, "apotik": Kind.APOTEK,
    "laboratorium kesehatan": Kind.LAB, "klinik": Kind.KLINIK_PRATAMA,
}  # fmt: skip
_OWNERS = {
    "pemerintah": "public", "pemda": "public", "pemkab": "public", "pemkot": "public", "negeri": "public",
    "publik": "public", "blud": "public", "tni": "public", "polri": "public", "kemenkes": "public",
    "swasta": "private", "perorangan": "private", "yayasan": "private", "pribadi": "private",
}  # fmt: skip
_STATES = {
    **dict.fromkeys(("aktif", "operasional", "buka", "beroperasi", "y", "ya", "true", "1"), "ya"),
    **dict.fromkeys(("tidak aktif", "nonaktif", "non aktif", "tutup", "t", "n", "tidak", "false", "0"), "tidak"),
}
_MSI_KINDS = {"102": Kind.PUSKESMAS, "10302": Kind.KLINIK_UTAMA, "103": Kind.KLINIK_PRATAMA, "104": Kind.RS,
              "10104": Kind.DENTIST, "101": Kind.TPMD}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Foreign:
    """A row of their list: its line, their id of it, its cells in our columns, what they become, where it lies."""

    line: int
    ref: str
    cells: dict[str, str]
    row: BaseModel
    area: str = ""


@dataclass(frozen=True, slots=True)
class ForeignList:
    """A list as it was read: rows, broken ones with their reasons, and headings that say nothing to us."""

    rows: list[Foreign]
    refused: list[Refused]
    ignored: list[str] = field(default_factory=list)
    whole: bool = True


@cache
def model() -> type[BaseModel]:
    """A facility's row of which anything may lack."""
    fields: Any = {n: (f.rebuild_annotation() | None, None) for n, f in FacilityRow.model_fields.items()}
    return create_model("ForeignRow", **fields)


def read(data: bytes, media: str, mapping: Mapping[str, str]) -> ForeignList:
    """A list in any of the three forms; `mapping`: their heading to our column. Raises Invalid, Unprocessable."""
    own = {*model().model_fields, REF, AREA}
    strange = [c for c in mapping.values() if c not in own]
    if strange:
        able = ", ".join(sorted(own))
        text = Text(f"bukan kolom kita; yang ada: {able}", f"not a column of ours; there are: {able}")
        raise Unprocessable(text, [Fault("/query/map", text)])
    if "json" in media or data.lstrip()[:1] in (b"{", b"["):
        return _msi(data)
    header, records = csvfile.opened(data)
    while header and not header[-1].strip():
        header.pop()
    columns = [_column(h, mapping, own) for h in header]
    ignored = [h.strip() for h, c in zip(header, columns, strict=True) if c not in own]
    if "name" not in columns:
        text = Text(
            "Tidak ada kolom nama; sebut dengan ?map=Tajuk:name", "There is no column of names; say ?map=Heading:name"
        )
        raise Unprocessable(text, [Fault("/query/map", text)], extra={"headings": header})
    sheet = csvfile.under([c if columns.index(c) == n else f"{n}?" for n, c in enumerate(columns)], records)
    return _list(sheet, own, ignored)


def _column(heading: str, mapping: Mapping[str, str], own: set[str]) -> str:
    said = heading.strip()
    if said in mapping:
        return mapping[said]
    plain = re.sub(r"[^a-z0-9]+", "_", said.lower()).strip("_")
    known = own_field(said)
    return known if known in own else _HEADINGS.get(plain, plain)


def _list(sheet: Sheet, own: set[str], ignored: list[str]) -> ForeignList:
    rows = []
    beside: dict[int, tuple[str, str]] = {}
    for line, cells in sheet.rows:
        kept = {c: v for c, v in cells.items() if c in own and v and v != "-"}
        beside[line] = (kept.pop(REF, ""), re.sub(r"\D", "", kept.pop(AREA, "")))
        rows.append((line, _in_our_words(kept)))
    named = [(line, cells) for line, cells in rows if cells.get("name")]
    nameless = [line for line, cells in rows if not cells.get("name")]
    lines, refused = parse(Sheet(sheet.columns, named, list(sheet.refused)), model())
    refused += [Refused(n, "name", Text("wajib diisi", "is required")) for n in nameless]
    cells_of = dict(named)
    found = []
    for right in lines:
        cells, (ref, area) = cells_of[right.number], beside[right.number]
        found.append(Foreign(right.number, ref or _ref(cells), cells, right.row, area))
    return ForeignList(found, sorted(refused, key=lambda r: r.line), ignored)


def _ref(cells: Mapping[str, str]) -> str:
    """What a row is known by when it has no id of its own: its first code, else its name and place."""
    code = next((cells[c] for c in ("satusehat_id", "bpjs_code", "registration", "code") if cells.get(c)), "")
    if code:
        return code
    name = name_of(cells["name"])
    return " ".join([*name.words, *name.numerals, name.kind or "", cells.get("village", "")]).strip()[:200]


def _in_our_words(cells: dict[str, str]) -> dict[str, str]:
    said = cells.get("kind", "").lower()
    if said:
        known = said.replace(" ", "-") in set(Kind)
        kind = said.replace(" ", "-") if known else _KINDS.get(said) or name_of(said).kind
        cells["kind"] = kind or cells["kind"]
    for column, words in (("ownership", _OWNERS), ("active", _STATES)):
        if column in cells:
            cells[column] = words.get(cells[column].lower(), cells[column].lower())
    return cells


# --- Master Sarana Index ------------------------------------------------------------------------------------


def _msi(data: bytes) -> ForeignList:
    """One answer of the index, or several pages of it in a list."""
    try:
        said = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Invalid(Text("Isi bukan JSON yang sah", "The body is not valid JSON")) from None
    pages = said if isinstance(said, list) else [said]
    if not all(isinstance(p, dict) and isinstance(p.get("data"), list) for p in pages):
        wanted = "jawaban Master Sarana Index: {status_code, page, total_page, data: […]}"
        raise Invalid(Text(f"Harus {wanted}, atau larik darinya", f"Must be {wanted}, or a list of them"))
    items = [item for page in pages for item in page["data"]]
    if len(items) > MOST_ROWS:
        raise Invalid(Text(f"Lebih dari {MOST_ROWS} sarana", f"Over {MOST_ROWS} facilities"))
    rows = [(n, _msi_cells(item) if isinstance(item, dict) else {}) for n, item in enumerate(items, 1)]
    whole = {p.get("page", 1) for p in pages} >= set(range(1, max(int(p.get("total_page") or 1) for p in pages) + 1))
    own = {*model().model_fields, REF, AREA}
    found = _list(Sheet(frozenset(own), rows, []), own, [])
    return ForeignList(found.rows, found.refused, [], whole)


def _msi_cells(item: Mapping[str, Any]) -> dict[str, str]:
    """An item of the index; what it gives sloppily (a telephone with underscores) is mended or left out."""
    kinds = [_part(item, k, "kode") for k in ("subjenis", "jenis_sarana")]
    words = " ".join(_part(item, k, "nama") for k in ("subjenis", "jenis_sarana")).lower()
    kind: str = next((_MSI_KINDS[k] for k in kinds if k in _MSI_KINDS), "")
    if "bidan" in words:
        kind = Kind.TPMB
    elif "gigi" in words and kind == Kind.TPMD:
        kind = Kind.DENTIST
    phone = str(item.get("telp") or "").strip(" _")
    place = next((p for k in ("kecamatan", "kabkota", "provinsi") if (p := _part(item, k, "kode"))), "")
    point = [str(item.get(k) or "").strip() for k in ("latitude", "longitude")]
    open_ = item.get("status_aktif") is not False and item.get("operasional") is not False
    cells = {
        "name": item.get("nama"), "satusehat_id": item.get("kode_satusehat"), "registration": item.get("kode_sarana"),
        "phone": phone if re.fullmatch(r"[0-9+() .-]{4,30}", phone) else "", "kind": kind,
        "latitude": point[0] if all(point) else "", "longitude": point[1] if all(point) else "",
        "active": "ya" if open_ else "tidak", AREA: place,
        REF: item.get("kode_satusehat"), "address": item.get("alamat"),
    }  # fmt: skip
    return {c: str(v).strip() for c, v in cells.items() if v not in (None, "")}


def _part(item: Mapping[str, Any], whole: str, part: str) -> str:
    held = item.get(whole)
    return str(held.get(part) or "") if isinstance(held, dict) else ""
