"""Decisions, without I/O: what an outcome states about a person, and what a facility is told.

The one rule above all: an outage is never a statement. While BPJS is silent the last known answer stands with its
date; where there is none the answer is "unknown".
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.coverage.bpjs.outcomes import Because, Member, NotFound, Outcome, Refused, Unavailable
from services.coverage.contract import (
    PROLANIS,
    AnswerSource,
    Basis,
    BpjsCode,
    Eligibility,
    Elsewhere,
    MemberChanged,
    MemberStatus,
    Prolanis,
    RegisteredFacility,
    StatementSource,
)
from services.coverage.rules.entitlement import Covered
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
_NEWBORN = Text(
    "Bayi dari peserta JKN aktif: ditanggung; daftarkan ke BPJS paling lambat 28 hari sejak lahir.",
    "Newborn of an active JKN member: covered; register them with BPJS within 28 days of birth.",
)
_SILENT = Text("BPJS tidak menjawab.", "BPJS does not answer.")
_REFUSED = Text(
    "BPJS menolak permintaan konektor; beri tahu admin.", "BPJS refuses the connector; tell the administrator."
)
_RULE = Text("BPJS menolak nomor ini.", "BPJS refuses this number.")


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said of a person's membership, by whom (`source`) and when (`checked_at`); None: not said."""

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
    source: str = StatementSource.BPJS
    dental_code: str | None = None
    dental_name: str | None = None
    prolanis: str | None = None
    """"DM", "HT", "DM,HT"; "" for none."""
    prb: bool | None = None
    arrears: int | None = None
    cob: bool | None = None
    insurer: str | None = None
    relationship: str | None = None


@dataclass(frozen=True, slots=True)
class KnownFacility:
    """A row of `facility`."""

    code: str
    name: str
    bpjs_code: str | None
    active: bool
    kind: str | None = None


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
                dental_code=outcome.dental_code,
                dental_name=outcome.dental_name,
                prolanis=",".join(outcome.prolanis),
                prb=outcome.prb,
                arrears=outcome.arrears,
                cob=outcome.cob,
                insurer=outcome.insurer,
                relationship=outcome.relationship,
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


@dataclass(frozen=True, slots=True)
class Known:
    """What an answer rests on: the statement, who of our facilities it names, what the rules make of the day."""

    said: Statement | None
    source: AnswerSource
    day: date
    now: datetime
    why: str | None = None
    registered: KnownFacility | None = None
    dental: KnownFacility | None = None
    in_force: bool | None = None
    since: date | None = None
    covered: Covered | None = None


def eligibility(known: Known, asking: Asking, person_id: str | None) -> Eligibility:
    """The answer from what is known, where that comes from, and why BPJS gave no live answer (`why`)."""
    said, source = known.said, known.source
    rested = _rested(known, asking)
    if said is None:
        return Eligibility(
            status=MemberStatus.UNKNOWN,
            eligible_here=None,
            person_id=person_id,
            checked_at=None,
            source=AnswerSource.NONE,
            trouble=known.why,
            message=_say(asking, _reason(known.why), _NEWBORN if _newborn(known) else _UNKNOWN),
            **rested,
        )
    here = eligible_here(said, asking.facility)
    cached = source is AnswerSource.CACHED
    dated = _dated(said.checked_at.astimezone(asking.zone), said.source) if cached else None
    return Eligibility(
        status=MemberStatus(said.status),
        eligible_here=here,
        person_id=person_id,
        status_text=said.status_text,
        member_since=said.since,
        valid_until=said.until,
        care_class=_coded(said.class_code, said.class_name),
        payer=_coded(said.payer_code, said.payer_name),
        registered_facility=_registered(said.provider_code, said.provider_name, known.registered),
        dental_facility=_registered(said.dental_code, said.dental_name, known.dental),
        prolanis=prolanis(said.prolanis),
        prb=said.prb,
        arrears=said.arrears,
        cob=said.cob,
        insurer=said.insurer,
        relationship=said.relationship,
        status_since=known.since,
        checked_at=said.checked_at,
        age_seconds=max(0, int((known.now - said.checked_at).total_seconds())),
        source=source,
        stated_by=StatementSource(said.source),
        trouble=known.why,
        message=_say(asking, _reason(known.why), dated, _told(known, MemberStatus(said.status), here)),
        **rested,
    )


def _rested(known: Known, asking: Asking) -> dict[str, Any]:
    """The day, and what the rules make of it for a facility that asks."""
    told: dict[str, Any] = {"serviced_date": known.day, "in_force": known.in_force}
    if asking.facility is not None and (found := known.covered) is not None:
        told |= {"covered": found.covered, "basis": found.basis}
        if found.limit is not None:
            told["elsewhere"] = Elsewhere(used=found.used, limit=found.limit, rule=found.source or "")
    return told


def _newborn(known: Known) -> bool:
    return known.covered is not None and known.covered.basis is Basis.NEWBORN


def _told(known: Known, status: MemberStatus, here: bool | None) -> Text:
    """What is said of the membership in words: of another day than today's, of that day."""
    if _newborn(known):
        return _NEWBORN
    if known.day != known.now.date() and known.in_force is not None:
        day = known.day.isoformat()
        if known.in_force:
            return Text(f"Berlaku pada {day}.", f"In force on {day}.")
        return Text(f"Tidak berlaku pada {day}.", f"Not in force on {day}.")
    return _stated(status, here)


def eligible_here(said: Statement, facility: KnownFacility | None) -> bool | None:
    """Active and registered at the facility that asks (jnsPeserta and class do not matter for that)."""
    if facility is None:
        return None
    return said.status == MemberStatus.ACTIVE and same_provider(facility.bpjs_code, said.provider_code)


def same_provider(ours: str | None, theirs: str | None) -> bool:
    """Whether two BPJS facility codes are the same; letters in either case."""
    return bool(ours and theirs) and str(ours).upper() == str(theirs).upper()


def changed(
    said: Statement,
    registered: KnownFacility | None,
    zone: ZoneInfo,
    dental: KnownFacility | None = None,
    since: date | None = None,
) -> MemberChanged:
    """The `data` of the event that tells of a changed statement; `since`: from when the status is known to hold."""
    return MemberChanged(
        status=MemberStatus(said.status),
        payer=said.payer_code,
        checked_on=said.checked_at.astimezone(zone).date(),
        registered_facility=registered.code if registered else None,
        dental_facility=dental.code if dental else None,
        prolanis=prolanis(said.prolanis),
        prb=bool(said.prb),
        source=StatementSource(said.source),
        since=since,
    )


def holds_since(said: Statement, zone: ZoneInfo) -> date:
    """From when a status is known to hold that was not known before: an active member's own start, else that day."""
    day = said.checked_at.astimezone(zone).date()
    return said.since if said.status == MemberStatus.ACTIVE and said.since and said.since <= day else day


def prolanis(said: str | None) -> list[Prolanis]:
    """DM, HT of a statement."""
    named = (said or "").split(",")
    return [p for p in PROLANIS if p in named]


def _coded(code: str | None, name: str | None) -> BpjsCode | None:
    return BpjsCode(code=code, name=name) if code or name else None


def _registered(code: str | None, name: str | None, known: KnownFacility | None) -> RegisteredFacility | None:
    if code is None:
        return None
    ours = (known.name, known.code) if known else (None, None)
    return RegisteredFacility(bpjs_code=code, name=name or ours[0], facility=ours[1])


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


def _dated(at: datetime, source: str) -> Text:
    day = at.date().isoformat()
    match source:
        case StatementSource.LIST:
            return Text(f"Menurut daftar bulanan, {day}:", f"By the monthly list, {day}:")
        case StatementSource.STAFF:
            return Text(f"Menurut catatan petugas, {day}:", f"By what staff noted, {day}:")
        case _:
            return Text(f"Jawaban terakhir BPJS, {day}:", f"BPJS' last answer, {day}:")


def _say(asking: Asking, *parts: Text | None) -> str:
    return " ".join(p.to(asking.language) for p in parts if p is not None)


_CONNECTOR = (
    Because.SIGNATURE, Because.CLOCK, Because.CREDENTIALS, Because.ENTITLEMENT, Because.CONSUMER_EXPIRED,
)  # fmt: skip
