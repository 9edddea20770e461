"""Decisions, without I/O: what an outcome states about a person, and what a facility is told.

The one rule above all: an outage is never a statement. While BPJS is silent the last known answer stands with its
date; where there is none the answer is "unknown".
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.coverage.bpjs.outcomes import Because, Member, NotFound, Outcome, Refused, Unavailable
from services.coverage.contract import (
    AnswerSource,
    BpjsCode,
    Eligibility,
    MemberChanged,
    MemberStatus,
    RegisteredFacility,
)
from services.kernel.problems import Text

NO_NUMBER = "no-number"
"""Trouble of a person for whom the record holds neither NIK nor card number (a newborn, say)."""

_STATED = {
    MemberStatus.INACTIVE: Text("Kepesertaan JKN tidak aktif.", "JKN membership is not active."),
    MemberStatus.NOT_FOUND: Text(
        "BPJS tidak mengenal nomor ini sebagai peserta JKN; periksa nomornya.",
        "BPJS knows no JKN member by this number; check the number.",
    ),
}
_HERE = Text("Peserta JKN aktif dan terdaftar di faskes ini.", "Active JKN member, registered at this facility.")
_ELSEWHERE = Text("Peserta JKN aktif, terdaftar di FKTP lain.", "Active JKN member, registered at another facility.")
_ACTIVE = Text("Peserta JKN aktif.", "Active JKN member.")
_UNKNOWN = Text(
    "Kepesertaan belum dapat diketahui; ini tidak berarti tidak aktif. Coba lagi nanti.",
    "Membership cannot be told now; this does not mean it is inactive. Try again later.",
)
_NO_NUMBER = Text(
    "Orang ini belum punya NIK atau nomor JKN di rekam bersama, jadi BPJS tidak dapat ditanya.",
    "The record holds neither a NIK nor a JKN number of this person, so BPJS cannot be asked.",
)
_SILENT = Text("BPJS tidak menjawab.", "BPJS does not answer.")
_REFUSED = Text(
    "BPJS menolak permintaan konektor; beri tahu admin.", "BPJS refuses the connector; tell the administrator."
)
_RULE = Text("BPJS menolak nomor ini.", "BPJS refuses this number.")


@dataclass(frozen=True, slots=True)
class Statement:
    """What BPJS said of a person, and when: the columns of `member` beside key and version."""

    status: str
    checked_at: datetime
    status_text: str | None = None
    since: date | None = None
    until: date | None = None
    class_code: str | None = None
    class_name: str | None = None
    payer_code: str | None = None
    payer_name: str | None = None
    provider_code: str | None = None
    provider_name: str | None = None


@dataclass(frozen=True, slots=True)
class KnownFacility:
    """A row of `facility`."""

    code: str
    name: str
    bpjs_code: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is told: the facility that asks (None: nobody's), in which language, on which calendar."""

    facility: KnownFacility | None
    language: str
    zone: ZoneInfo


def statement(outcome: Outcome, now: datetime) -> Statement | None:
    """What BPJS stated about the person at `now`; None when it stated nothing."""
    match outcome:
        case Member():
            return Statement(
                status=MemberStatus.ACTIVE if outcome.active else MemberStatus.INACTIVE,
                status_text=outcome.status_text or None,
                since=outcome.since,
                until=outcome.until,
                class_code=outcome.class_code,
                class_name=outcome.class_name,
                payer_code=outcome.payer_code,
                payer_name=outcome.payer_name,
                provider_code=outcome.provider_code,
                provider_name=outcome.provider_name,
                checked_at=now,
            )
        case NotFound():
            return Statement(MemberStatus.NOT_FOUND, now)
        case _:
            return None


def trouble(outcome: Outcome | None) -> str | None:
    """Why there is no live answer; None when there is one."""
    match outcome:
        case None:
            return NO_NUMBER
        case Refused() | Unavailable():
            return outcome.because.value
        case _:
            return None


def eligibility(
    said: Statement | None,
    registered: KnownFacility | None,
    asking: Asking,
    person_id: str | None,
    source: AnswerSource,
    why: str | None = None,
) -> Eligibility:
    """The answer from what is known (`said`), where that comes from, and why BPJS gave no live answer (`why`)."""
    if said is None:
        return Eligibility(
            status=MemberStatus.UNKNOWN,
            eligible_here=None,
            person_id=person_id,
            checked_at=None,
            source=AnswerSource.NONE,
            trouble=why,
            message=_say(asking, _reason(why), _UNKNOWN),
        )
    here = eligible_here(said, asking.facility)
    dated = _dated(said.checked_at.astimezone(asking.zone)) if source is AnswerSource.CACHED else None
    return Eligibility(
        status=MemberStatus(said.status),
        eligible_here=here,
        person_id=person_id,
        status_text=said.status_text,
        member_since=said.since,
        valid_until=said.until,
        care_class=_coded(said.class_code, said.class_name),
        payer=_coded(said.payer_code, said.payer_name),
        registered_facility=_registered(said, registered),
        checked_at=said.checked_at,
        source=source,
        trouble=why,
        message=_say(asking, _reason(why), dated, _stated(MemberStatus(said.status), here)),
    )


def eligible_here(said: Statement, facility: KnownFacility | None) -> bool | None:
    """Active and registered at the facility that asks (jnsPeserta and class do not matter for that)."""
    if facility is None:
        return None
    return said.status == MemberStatus.ACTIVE and same_provider(facility.bpjs_code, said.provider_code)


def same_provider(ours: str | None, theirs: str | None) -> bool:
    """Whether two BPJS facility codes are the same; letters in either case."""
    return bool(ours and theirs) and str(ours).upper() == str(theirs).upper()


def changed(said: Statement, registered: KnownFacility | None, zone: ZoneInfo) -> MemberChanged:
    """The `data` of the event that tells of a changed statement."""
    return MemberChanged(
        status=MemberStatus(said.status),
        payer=said.payer_code,
        checked_on=said.checked_at.astimezone(zone).date(),
        registered_facility=registered.code if registered else None,
    )


def _coded(code: str | None, name: str | None) -> BpjsCode | None:
    return BpjsCode(code=code, name=name) if code or name else None


def _registered(said: Statement, known: KnownFacility | None) -> RegisteredFacility | None:
    if said.provider_code is None:
        return None
    return RegisteredFacility(
        bpjs_code=said.provider_code, name=said.provider_name, facility=known.code if known else None
    )


def _stated(status: MemberStatus, here: bool | None) -> Text:
    return _STATED.get(status, {True: _HERE, False: _ELSEWHERE, None: _ACTIVE}[here])


def _reason(why: str | None) -> Text | None:
    if why is None:
        return None
    if why == NO_NUMBER:
        return _NO_NUMBER
    if why == Because.RULE:
        return _RULE
    return _REFUSED if why in _CONNECTOR else _SILENT


def _dated(at: datetime) -> Text:
    day = at.date().isoformat()
    return Text(f"Jawaban terakhir BPJS, {day}:", f"BPJS' last answer, {day}:")


def _say(asking: Asking, *parts: Text | None) -> str:
    return " ".join(p.to(asking.language) for p in parts if p is not None)


_CONNECTOR = (
    Because.SIGNATURE, Because.CLOCK, Because.CREDENTIALS, Because.ENTITLEMENT, Because.CONSUMER_EXPIRED,
)  # fmt: skip
