"""What a row of a monthly list says, as BPJS' branches write it. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from services.coverage.contract import MemberStatus
from services.coverage.rules.list_headings import plain
from services.kernel.ids import nik_fault
from services.kernel.problems import Text

SEGMENTS = {"13": "PEGAWAI SWASTA", "15": "PENSIUN PNS", "21": "PBI (APBN)", "22": "PBI (APBD)"}
"""jnsPeserta as seen in answers; a name without a known code is kept as it stands."""
_BY_NAME = {plain(name): code for code, name in SEGMENTS.items()}
_NOT = re.compile(r"\b(non|tidak|tak|belum|tdk|in|t)[\s./-]*aktif\b|nonaktif|inactive", re.I)
_ENDED = re.compile(r"meninggal|premi|unggak|henti|keluar|blokir|angguh|mutasi|pindah", re.I)
_YES = frozenset({"1", "y", "ya", "true", "aktif", "active", "a"})
_NO = frozenset({"", "0", "n", "t", "tidak", "false", "-", "bukan"})


@dataclass(frozen=True, slots=True)
class MemberRow:
    """What a row says of a member. The two numbers are used to match and are then digests."""

    line: int
    bpjs_code: str
    status: str
    card: str | None = field(default=None, repr=False)
    nik: str | None = field(default=None, repr=False)
    status_text: str | None = None
    payer_code: str | None = None
    payer_name: str | None = None
    class_code: str | None = None
    dental_code: str | None = None
    prolanis: str | None = None
    prb: bool | None = None
    arrears: int | None = None
    village: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class CapitationRow:
    """What a row says of a facility (and segment): members and rupiah."""

    line: int
    bpjs_code: str
    segment: str
    members: int
    active: int | None = None
    norm: int | None = None
    amount: int | None = None
    dm: int | None = None
    ht: int | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that cannot be taken: its line, field, and what would be right. A warning is taken all the same."""

    line: int
    field: str | None
    reason: Text
    warning: bool = False


class _BadCell(Exception):  # noqa: N818 - told to the sender
    def __init__(self, name: str, reason: Text) -> None:
        super().__init__(name)
        self.name, self.reason = name, reason


def member(
    line: int, cells: Mapping[str, str], one: str | None, allowed: str | None
) -> tuple[MemberRow | None, list[Wrong]]:
    """A row of a member list; `one`: the facility the list is of; `allowed`: the only one its sender may speak of."""
    try:
        code = _facility(cells, one, allowed)
        card, nik, warned = _who(line, cells)
        payer_code, payer_name = _segment(cells.get("segment", ""))
        status, status_text, doubt = _status(line, cells)
        row = MemberRow(
            line=line, bpjs_code=code, status=status, card=card, nik=nik, status_text=status_text,
            payer_code=payer_code, payer_name=payer_name, class_code=_class(cells.get("class", "")),
            dental_code=_code("dental", cells.get("dental", "")), prolanis=_prolanis(cells.get("prolanis")),
            prb=None if "prb" not in cells else cells["prb"].strip().lower() not in _NO,
            arrears=_rupiah("arrears", cells.get("arrears", "")), village=_village(cells.get("village", "")),
            since=_day("since", cells.get("since", "")), until=_day("until", cells.get("until", "")),
        )  # fmt: skip
    except _BadCell as bad:
        return None, [Wrong(line, bad.name, bad.reason)]
    return row, warned + doubt


def capitation(
    line: int, cells: Mapping[str, str], one: str | None, allowed: str | None
) -> tuple[CapitationRow | None, list[Wrong]]:
    """A row of a capitation list."""
    try:
        code, name = _segment(cells.get("segment", ""))
        members = _rupiah("members", cells.get("members", ""))
        if members is None:
            raise _BadCell("members", Text("jumlah peserta kosong", "the number of members is empty"))
        row = CapitationRow(
            line, _facility(cells, one, allowed), code or name or "", members,
            *(_rupiah(f, cells.get(f, "")) for f in ("active", "norm", "amount", "dm", "ht")),
        )  # fmt: skip
    except _BadCell as bad:
        return None, [Wrong(line, bad.name, bad.reason)]
    return row, []


def _facility(cells: Mapping[str, str], one: str | None, allowed: str | None) -> str:
    said = cells.get("facility", "").strip().upper()
    code = said or one
    if not code or not re.fullmatch(r"[A-Z0-9]{8}", code):
        raise _BadCell(
            "facility",
            Text("kode FKTP di BPJS harus 8 huruf/angka", "the facility's BPJS code has 8 letters or digits"),
        )
    if one and code != one:
        raise _BadCell("facility", Text("daftar ini untuk FKTP lain", "this list is of another facility"))
    if allowed and code != allowed:
        raise _BadCell("facility", Text("bukan peserta FKTP Anda", "not a member of your facility"))
    return code


def _who(line: int, cells: Mapping[str, str]) -> tuple[str | None, str | None, list[Wrong]]:
    card = re.sub(r"[\s.-]", "", cells.get("card", ""))
    nik = re.sub(r"[\s.-]", "", cells.get("nik", ""))
    warned: list[Wrong] = []
    if card and not re.fullmatch(r"\d{9,13}", card):
        raise _BadCell("card", Text("nomor kartu harus 13 angka", "a card number has 13 digits"))
    card = card.zfill(13) if card else ""  # Excel drops leading zeros
    if nik and nik_fault(nik):
        if not card:
            reason = Text("NIK tidak sah dan tidak ada nomor kartu", "no valid NIK and no card number")
            raise _BadCell("nik", reason)
        warned.append(
            Wrong(line, "nik", Text("NIK tidak sah, diabaikan", "not a valid NIK, passed over"), warning=True)
        )
        nik = ""
    if not card and not nik:
        raise _BadCell("card", Text("nomor kartu dan NIK kosong", "neither card number nor NIK"))
    return card or None, nik or None, warned


def _status(line: int, cells: Mapping[str, str]) -> tuple[str, str | None, list[Wrong]]:
    said = cells.get("status", "").strip()
    if not said:
        return MemberStatus.UNKNOWN, None, []
    if said.lower() in _YES or ("aktif" in said.lower() and not _NOT.search(said)):
        return MemberStatus.ACTIVE, said[:60], []
    if said.lower() in _NO or _NOT.search(said) or _ENDED.search(said):
        return MemberStatus.INACTIVE, said[:60], []
    strange = Text("keadaan tidak dikenal, belum dapat dinilai", "a status not known, taken as unknown")
    return MemberStatus.UNKNOWN, said[:60], [Wrong(line, "status", strange, warning=True)]


def _segment(said: str) -> tuple[str | None, str | None]:
    said = said.strip()
    if not said:
        return None, None
    numbered = re.match(r"^(\d{1,3})\b\W*(.*)$", said)
    if numbered:
        code = numbered[1]
        return code, numbered[2].strip()[:60] or SEGMENTS.get(code)
    code_ = _BY_NAME.get(plain(said))
    return code_, SEGMENTS[code_] if code_ else said[:60]


def _class(said: str) -> str | None:
    said = said.strip().upper().removeprefix("KELAS").strip()
    return {"I": "1", "II": "2", "III": "3"}.get(said, said[:10]) or None


def _code(name: str, said: str) -> str | None:
    said = said.strip().upper()
    if said in ("", "-", "NULL"):
        return None
    if not re.fullmatch(r"[A-Z0-9]{8}", said):
        raise _BadCell(name, Text("kode BPJS harus 8 huruf/angka", "a BPJS code has 8 letters or digits"))
    return said


def _prolanis(said: str | None) -> str | None:
    if said is None:
        return None
    upper = said.upper()
    return ",".join(p for p, more in (("DM", "DIABET"), ("HT", "HIPERT")) if p in upper or more in upper)


def _rupiah(name: str, said: str) -> int | None:
    text = re.sub(r"^rp\.?|,00$|\s", "", said.strip().lower())
    if text in ("", "-"):
        return None
    text = text.replace(".", "") if re.fullmatch(r"\d{1,3}(\.\d{3})+", text) else text
    text = text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", text) else text
    if not re.fullmatch(r"\d{1,15}", text):
        raise _BadCell(name, Text("harus angka bulat, tanpa minus", "must be a whole number, not negative"))
    return int(text)


def _village(said: str) -> str | None:
    code = re.sub(r"\D", "", said)
    if not code:
        return None
    if len(code) != 10:
        raise _BadCell("village", Text("kode desa harus 10 angka (Kemendagri)", "a village code has 10 digits"))
    return code


def _day(name: str, said: str) -> date | None:
    said = said.strip()
    if said in ("", "-"):
        return None
    for form in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(said, form).date()
        except ValueError:
            continue
    raise _BadCell(name, Text("tanggal harus dd-mm-yyyy", "a date is written dd-mm-yyyy"))


def masked(card: str) -> str:
    """A card number as it is shown to who need not know it."""
    return f"{card[:4]}{'•' * (len(card) - 7)}{card[-3:]}"


@dataclass(slots=True)
class Capitation:
    """What a capitation list says of one facility in all."""

    members: int = 0
    active: int | None = None
    segments: dict[str, int] = field(default_factory=dict)
    dm: int | None = None
    ht: int | None = None
    norms: set[int] = field(default_factory=set)
    amount: int | None = None

    def add(self, row: CapitationRow) -> None:
        """Add one row."""
        self.members += row.members
        self.segments[row.segment] = self.segments.get(row.segment, 0) + row.members
        self.active, self.dm, self.ht = (
            _sum(mine, its) for mine, its in ((self.active, row.active), (self.dm, row.dm), (self.ht, row.ht))
        )
        amount = row.amount if row.amount is not None or row.norm is None else row.norm * row.members
        self.amount = _sum(self.amount, amount)
        if row.norm is not None:
            self.norms.add(row.norm)


def summed(rows: Iterable[CapitationRow]) -> dict[str, Capitation]:
    """Capitation by facility."""
    found: dict[str, Capitation] = {}
    for row in rows:
        found.setdefault(row.bpjs_code, Capitation()).add(row)
    return found


def _sum(mine: int | None, its: int | None) -> int | None:
    return mine if its is None else (mine or 0) + its
