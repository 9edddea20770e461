"""Rows of agreements: parties, dates, programmes, the data clause, renewals without loops."""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, BeforeValidator, TypeAdapter, ValidationError

from services.facilities.contract import Kind
from services.facilities.contract.agreements import AgreementKind, Clause, Party, PartyRole, ReviewKind, Step
from services.facilities.rules.cells import Code, Day, Line, Name, once, shape
from services.facilities.rules.csvfile import Refused
from services.kernel.problems import Text

RESERVED = frozenset({"alarms", "coverage", "programmes"})
"""Words that are addresses under /v1/agreements."""
AUTHORITIES = frozenset({Kind.DINKES, Kind.PUSKESMAS})
_PARTIES: TypeAdapter[list[Party]] = TypeAdapter(list[Party])
_SAYS = "kode:peran:jabatan, dipisah titik koma; peran authority atau member / code:role:title, separated by semicolons"


def _parties(value: str) -> str:
    """Parties as JSON, from JSON or from a cell "P1410010101:authority:Kepala Puskesmas; D14…:member:Dokter"."""
    try:
        if value.startswith("["):
            found = _PARTIES.validate_json(value)
        else:
            cells = [[c.strip() for c in part.split(":", 2)] for part in value.split(";") if part.strip()]
            if any(len(c) != 3 for c in cells):
                raise ValueError(_SAYS)
            fields = [{"facility": f, "role": r, "signatory_title": t} for f, r, t in cells]
            found = _PARTIES.validate_python(fields)
    except ValidationError:
        raise ValueError(_SAYS) from None
    return orjson.dumps([p.model_dump(mode="json") for p in found]).decode()


def _codes(value: str) -> str:
    """Codes of programmes as JSON, sorted, from JSON or from a cell "KIA; TB"."""
    try:
        said = orjson.loads(value) if value.startswith("[") else re.split(r"[;,]", value)
    except orjson.JSONDecodeError:
        said = [value]
    codes = {str(c).strip() for c in said if str(c).strip()}
    if not all(re.fullmatch(r"[A-Za-z0-9-]{2,32}", c) for c in codes):
        raise ValueError("kode program dipisah titik koma / codes of programmes, separated by semicolons")
    return orjson.dumps(sorted(codes)).decode()


def _words(value: str) -> str:
    tidy = " ".join(value.split())
    if not tidy.isprintable() or not 3 <= len(tidy) <= 1000:
        raise ValueError("3 sampai 1000 huruf, tanpa karakter kendali / 3 to 1000 printable characters")
    return tidy


def _id(value: str) -> str:
    if value.lower() in RESERVED:
        raise ValueError("kata ini dipakai alamat; pilih id lain / this word is an address; choose another id")
    return value


_ID_SAYS = "3 sampai 40 huruf, angka, atau tanda hubung / 3 to 40 letters, digits or hyphens"
Id = Annotated[str, shape(r"[A-Za-z0-9][A-Za-z0-9-]{2,39}", _ID_SAYS), BeforeValidator(_id)]
Prose = Annotated[str, BeforeValidator(_words)]
LetterNumber = Annotated[
    str, shape(r"[A-Za-z0-9][A-Za-z0-9 ./()-]{2,99}", "nomor surat, 3 sampai 100 huruf / a letter's number")
]


class ProgrammeRow(BaseModel):
    """A row of programmes.csv."""

    code: Code
    name: Name
    valid_from: Day | None = None
    valid_until: Day | None = None


class AgreementRow(BaseModel):
    """A row of agreements.csv: one agreement, its parties in one cell."""

    id: Id
    kind: AgreementKind
    number: LetterNumber
    title: Name
    parties: Annotated[str, BeforeValidator(_parties)] = "[]"
    signed_on: Day
    valid_from: Day
    valid_until: Day | None = None
    programmes: Annotated[str, BeforeValidator(_codes)] = "[]"
    member_sends: Clause = Clause.NONE
    member_sees: Clause = Clause.NONE
    purpose: Prose | None = None
    safeguards: Prose | None = None
    evaluation_months: Literal["6", "12"] | int = 12
    terminated_on: Day | None = None
    termination_reason: Prose | None = None
    renews: Id | None = None

    def model_post_init(self, _: Any) -> None:
        """A cell's digits are a number."""
        self.evaluation_months = int(self.evaluation_months)

    @property
    def sides(self) -> list[Party]:
        """The parties."""
        return _PARTIES.validate_json(self.parties)

    @property
    def about(self) -> list[str]:
        """The codes of its programmes."""
        return list(orjson.loads(self.programmes))


class StepRow(BaseModel):
    """One of the five steps of an agreement's network."""

    agreement: Id
    step: Step
    done_on: Day
    evidence: Prose


class ReviewRow(BaseModel):
    """A monitoring or an evaluation of an agreement."""

    agreement: Id
    kind: ReviewKind
    held_on: Day
    findings: Prose
    follow_up: Prose | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is registered: kinds by facility code, programmes with their days, what each agreement renews, whose number
    a number is."""

    kinds: Mapping[str, str]
    programmes: Mapping[str, tuple[date | None, date | None]]
    renews: Mapping[str, str | None]
    numbers: Mapping[str, str]


Fault = tuple[str, Text] | None


def agreements(lines: list[Line[AgreementRow]], known: Known) -> tuple[list[Line[AgreementRow]], list[Refused]]:
    """Two sides at least, dates in order, programmes of the list, a clause with its purpose and safeguards, and
    renewals that lead from one agreement to the next without a loop or a fork."""
    lines, refused = once(lines, lambda r: r.id, "id")
    kept: list[Line[AgreementRow]] = []
    numbers = dict(known.numbers)
    for line in lines:
        row = line.row
        fault = (
            parties_fault(row.kind, row.sides, known.kinds) or _dates_fault(row) or _clause_fault(row)
            or _programmes_fault(row, known.programmes)
        )  # fmt: skip
        if fault is None and numbers.setdefault(row.number, row.id) != row.id:
            fault = "number", Text(f"sudah dipakai {numbers[row.number]}", f"belongs to {numbers[row.number]} already")
        if fault is None:
            kept.append(line)
        else:
            refused.append(Refused(line.number, *fault))
    while True:
        links = {**known.renews, **{line.row.id: line.row.renews for line in kept}}
        fallen = [Refused(line.number, "renews", text) for line in kept if (text := _link_fault(line.row, links))][-1:]
        if not fallen:
            return kept, refused
        refused += fallen
        kept = [line for line in kept if line.number != fallen[0].line]


def parties_fault(kind: AgreementKind, parties: list[Party], kinds: Mapping[str, str]) -> Fault:
    """Why these cannot be the parties."""
    codes = [p.facility for p in parties]
    twice = sorted({c for c in codes if codes.count(c) > 1})
    unknown = sorted({c for c in codes if c not in kinds})
    leading = [kinds[p.facility] for p in parties if p.role is PartyRole.AUTHORITY and p.facility in kinds]
    joining = [kinds[p.facility] for p in parties if p.role is PartyRole.MEMBER and p.facility in kinds]
    if len(parties) < 2:
        text = Text("perjanjian perlu paling sedikit dua pihak: Dinas Kesehatan atau puskesmas (authority), dan anggota"
                    " (member)", "an agreement needs at least two parties: the health office or a puskesmas (authority)"
                    " and a member")  # fmt: skip
    elif twice:
        names = ", ".join(twice)
        text = Text(f"pihak yang sama dua kali: {names}", f"the same party twice: {names}")
    elif unknown:
        names = ", ".join(unknown)
        text = Text(f"faskes belum terdaftar: {names}", f"the facility is not registered: {names}")
    elif not leading or not joining:
        text = Text("satu pihak harus authority (Dinas Kesehatan atau puskesmas) dan satu member",
                    "one party must be the authority (health office or puskesmas) and one a member")  # fmt: skip
    elif not AUTHORITIES.issuperset(leading):
        text = Text("authority harus Dinas Kesehatan atau puskesmas", "the authority must be the office or a puskesmas")
    elif kind is AgreementKind.SK and Kind.DINKES not in leading:
        text = Text("SK ditetapkan kepala dinas: authority harus Dinas Kesehatan",
                    "a decree is the head of the office's: the authority must be the health office")  # fmt: skip
    elif Kind.DINKES in joining:
        text = Text("Dinas Kesehatan tidak dapat menjadi member", "the health office cannot be a member")
    else:
        return None
    return "parties", text


def _dates_fault(row: AgreementRow) -> Fault:
    if row.valid_until is None and row.kind is not AgreementKind.SK:
        return "valid_until", Text("wajib; hanya SK yang boleh tanpa batas", "is required; only a decree may be open")
    if row.valid_until is not None and row.valid_until < row.valid_from:
        return "valid_until", Text("sebelum valid_from", "before valid_from")
    if row.evaluation_months not in (6, 12):
        return "evaluation_months", Text("harus 6 atau 12", "must be 6 or 12")
    if row.terminated_on is not None and row.terminated_on < row.signed_on:
        return "terminated_on", Text("sebelum ditandatangani", "before it was signed")
    if (row.terminated_on is None) != (row.termination_reason is None):
        return "termination_reason", Text("tanggal dan alasan diisi berdua", "date and reason go together")
    return None


def _clause_fault(row: AgreementRow) -> Fault:
    if row.member_sends is row.member_sees is Clause.NONE:
        return None
    for column in ("purpose", "safeguards"):
        if getattr(row, column) is None:
            return column, Text("wajib bila ada data yang dibagi", "is required when data are shared")
    return None


_NO_PROGRAMME = Text(
    "program tidak ada dalam daftar pada hari mulai berlaku (/v1/agreements/programmes)",
    "a programme is not of the list on its first day (/v1/agreements/programmes)",
)


def _programmes_fault(row: AgreementRow, programmes: Mapping[str, tuple[date | None, date | None]]) -> Fault:
    if not row.about:
        return "programmes", Text("paling sedikit satu program", "at least one programme")
    for code in row.about:
        begin, end = programmes.get(code, (date.max, None))
        if (begin or date.min) > row.valid_from or (end or date.max) < row.valid_from:
            return "programmes", _NO_PROGRAMME
    return None


def _link_fault(row: AgreementRow, links: Mapping[str, str | None]) -> Text | None:
    if row.renews is None:
        return None
    if row.renews not in links:
        return Text("perjanjian yang diperbarui belum terdaftar", "the agreement it renews is not registered")
    if any(other != row.id and old == row.renews for other, old in links.items()):
        return Text("sudah diperbarui oleh perjanjian lain", "renewed by another agreement already")
    seen, at = {row.id}, row.renews
    while at is not None:
        if at in seen:
            return Text("melingkar: perjanjian ini memperbarui dirinya sendiri", "a loop: it renews itself")
        seen.add(at)
        at = links.get(at)  # type: ignore[assignment]
    return None


def in_agreement(line_row: Callable[[Any], str], lines: list[Line[Any]], ids: AbstractSet[str]) -> Any:
    """Lines whose agreement is registered, and why the others fall."""
    text = Text("perjanjian belum terdaftar", "the agreement is not registered")
    kept = [line for line in lines if line_row(line.row) in ids]
    return kept, [Refused(line.number, "agreement", text) for line in lines if line_row(line.row) not in ids]


def last_day(valid_until: date | None, terminated_on: date | None) -> date | None:
    """The last day in force, a termination counted in; None: open."""
    ends = [d for d in (valid_until, terminated_on and terminated_on - timedelta(days=1)) if d]
    return min(ends) if ends else None


def told(row: dict[str, Any]) -> dict[str, Any]:
    """What followers hear of an agreement: codes, dates, programmes and the data clause; no titles, no texts."""
    return {
        "id": row["id"], "kind": row["kind"], "valid_from": row["valid_from"], "valid_until": row["valid_until"],
        "terminated_on": row["terminated_on"], "renews": row["renews"],
        "in_force_until": last_day(row["valid_until"], row["terminated_on"]),
        "parties": [{"facility": p["facility"], "role": p["role"]} for p in orjson.loads(row["parties"])],
        "programmes": orjson.loads(row["programmes"]),
        "member_sends": row["member_sends"], "member_sees": row["member_sees"],
    }  # fmt: skip
