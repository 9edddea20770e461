"""Groups at BPJS (kelompok): bodies that are sent, rows that are read, and which row is what was sent. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.coverage.bpjs.answers import day as read_day
from services.coverage.bpjs.answers import is_nobody
from services.coverage.contract.eligibility import BpjsCode
from services.coverage.contract.groups import Activity, Club, NewActivity, Programme
from services.coverage.rules.pcare_visit import Body, dmy
from services.coverage.rules.vclaim import inner, text

CODES: Mapping[Programme, str] = {Programme.DM: "01", Programme.HT: "02"}
"""kdProgram and kdKelompok of a programme."""
_WORDS = {"topic": "materi", "speaker": "pembicara", "place": "lokasi", "note": "keterangan"}
_WHO = frozenset({"nokartu", "noka", "nama", "nik", "noktp", "nohp", "peserta", "tgllahir"})


def activity_body(new: NewActivity, club: int, day: date) -> Body:
    """POST /kelompok/kegiatan; eduId is BPJS' answer."""
    return {
        "eduId": None, "clubId": club, "tglPelayanan": dmy(day), "kdKegiatan": new.kind.value,
        "kdKelompok": CODES[new.programme], **{theirs: getattr(new, ours) for ours, theirs in _WORDS.items()},
        "biaya": new.cost,
    }  # fmt: skip


def participant_body(activity: str, card: str) -> Body:
    """POST /kelompok/peserta."""
    return {"eduId": activity, "noKartu": card}


def club(row: Any, programme: Programme) -> Club | None:
    """A club; None when the row says no number."""
    number = _whole(inner(row, "clubId"))
    if number is None:
        return None
    since, until = read_day(inner(row, "tglMulai")), read_day(inner(row, "tglAkhir"))
    return Club(id=number, programme=programme, name=text(inner(row, "nama")), since=since, until=until)


def activity(row: Any) -> Activity | None:
    """An activity; None when the row says no number."""
    number = text(inner(row, "eduId"))
    if number is None:
        return None
    return Activity(
        id=number, day=read_day(inner(row, "tglPelayanan")), kind=_coded(row, "kegiatan"),
        programme=_coded(row, "kelompok"), club=_whole(inner(row, "clubProl", "clubId") or inner(row, "clubId")),
        cost=_whole(inner(row, "biaya")), **{ours: text(inner(row, theirs)) for ours, theirs in _WORDS.items()},
    )  # fmt: skip


def entered(number: str, body: Body) -> Activity:
    """The activity that was just entered."""
    found = activity({**body, "eduId": number})
    assert found is not None  # noqa: S101 - it has its number
    return found


def same(rows: Iterable[Activity], body: Body) -> Activity | None:
    """The activity that is what `body` would enter: same club, day, kind and words."""
    wanted = _essence(entered("-", body))
    return next((a for a in rows if _essence(a) == wanted), None)


def _essence(a: Activity) -> tuple[Any, ...]:
    said = (" ".join((w or "").split()).casefold() for w in (a.topic, a.speaker, a.place, a.note))
    return (a.club, a.day, a.kind.code if a.kind else None, a.programme.code if a.programme else None, *said)


def who(row: Any) -> tuple[str | None, str | None]:
    """NIK and card number in a row of participants; a NIK of zeros is nobody's."""
    found = inner(row, "peserta")
    found = found if isinstance(found, dict) else row
    nik = text(inner(found, "noKTP"))
    return (None if is_nobody(nik) else nik), text(inner(found, "noKartu"))


def without_who(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what says who it is about."""
    return {k: v for k, v in row.items() if k.lower() not in _WHO}


def _coded(row: Any, name: str) -> BpjsCode | None:
    """A code with its name, in an object of its own or, as it is sent, by its code alone."""
    found = inner(row, name)
    within = found if isinstance(found, dict) else {}
    code = next((v for k, v in within.items() if k.lower().startswith(("kd", "kode", "code"))), None)
    code = text(code) or text(inner(row, f"kd{name}"))
    called = next((text(v) for k, v in within.items() if k.lower().startswith(("nm", "nama"))), None)
    return BpjsCode(code=code, name=called) if code or called else None


def _whole(value: Any) -> int | None:
    """A whole number however it is written."""
    said = text(value if not isinstance(value, float) else int(value))
    return int(said) if said and said.isdecimal() else None
