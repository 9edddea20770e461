"""Decisions of reconciliation: who belongs to whom, and what does not agree. Pure.

Ours is what the outbox holds of a day (each visit of the record that is owed, or why it is not); theirs is what BPJS
lists of it. A pair is found by BPJS' own numbers first, then by card and poli.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.coverage.contract.reconciliation import Kind, Owner, State


@dataclass(frozen=True, slots=True)
class Ours:
    """What the outbox holds of one visit. `mark`: a keyed digest of the card it was sent under."""

    delivery_id: str
    subject: str
    person_id: str | None
    state: str
    because: str | None = None
    poli: str | None = None
    no_urut: str | None = None
    no_kunjungan: str | None = None
    mark: str | None = None
    seen: bool = False
    """BPJS has listed it before."""
    fresh: bool = False
    """It was put into the queue a moment ago and nothing has stopped it: on its way."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """What BPJS lists of one registration. `visit`: its noKunjungan; None when it has none or was not asked for."""

    poli: str | None
    no_urut: str
    mark: str | None
    person_id: str | None = None
    visit: str | None = None
    asked: bool = False
    """Whether the member's visits were looked at."""
    content: Mapping[str, str | None] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A difference."""

    kind: Kind
    key: str
    owner: Owner
    ours: Ours | None = None
    theirs: Theirs | None = None
    because: str | None = None
    fields: tuple[str, ...] = ()


OUTAGES = frozenset({
    "timeout", "connection", "empty", "not-json", "server", "rate-limit", "unreadable", "no-answer", "unknown",
})  # fmt: skip
"""Why something is not sent that no facility can mend."""
_OWNERS = {
    Kind.NOT_LISTED: Owner.BPJS, Kind.DELETED_THERE: Owner.FACILITY, Kind.NOT_OURS: Owner.FACILITY,
    Kind.STILL_THERE: Owner.FACILITY, Kind.DIFFERS: Owner.FACILITY, Kind.TWICE: Owner.FACILITY,
    Kind.LATE: Owner.DINKES,
}  # fmt: skip
COMPARED = ("kdPoli", "kdDiag1", "kdDiag2", "kdDiag3", "kdStatusPulang", "tglPulang")
"""What is compared of a visit's content."""


def pairs(ours: Sequence[Ours], theirs: Sequence[Theirs]) -> tuple[dict[str, Theirs], list[Theirs]]:
    """Which registration belongs to which delivery, and those that belong to none."""
    left = list(theirs)
    found: dict[str, Theirs] = {}

    def take(one: Ours, fits: Sequence[Theirs]) -> None:
        if fits and one.delivery_id not in found:
            found[one.delivery_id] = fits[0]
            left.remove(fits[0])

    for one in ours:
        take(one, [t for t in left if one.no_urut and (t.no_urut, t.poli) == (one.no_urut, one.poli or t.poli)])
    for one in ours:
        take(one, [t for t in left if t.mark and t.mark == one.mark and one.poli in (None, t.poli)])
    for one in sorted(ours, key=lambda o: o.state == "skipped"):
        take(one, [t for t in left if t.person_id and t.person_id == one.person_id and one.poli in (None, t.poli)])
    return found, left


def compare(
    ours: Sequence[Ours], theirs: Sequence[Theirs], wanted: Mapping[str, Mapping[str, str | None]]
) -> list[Found]:
    """Every difference of a day. `wanted`: by delivery, what the record would say of its visit now."""
    paired, strangers = pairs(ours, theirs)
    found = [d for o in ours for d in _of(o, paired.get(o.delivery_id), wanted.get(o.delivery_id))]
    held: set[tuple[str | None, str | None]] = {(t.mark, t.poli) for t in paired.values() if t.mark}
    for stranger in strangers:
        kind = Kind.TWICE if stranger.mark and (stranger.mark, stranger.poli) in held else Kind.NOT_OURS
        found.append(Found(kind, f"{stranger.poli}/{stranger.no_urut}", _OWNERS[kind], theirs=stranger))
        held.add((stranger.mark, stranger.poli))
    return found


def unrecorded(ours: Sequence[Ours], theirs: Sequence[Theirs]) -> list[Found]:
    """What a payer lists (SEPs of a hospital) and the record has no visit of. A visit without a SEP is no difference:
    not everybody is treated on JKN's account."""
    _, left = pairs(ours, theirs)
    return [Found(Kind.NOT_OURS, t.no_urut, Owner.FACILITY, theirs=t, because="no-visit") for t in left]


def _of(one: Ours, there: Theirs | None, wanted: Mapping[str, str | None] | None) -> list[Found]:
    """What does not agree about one delivery."""
    match one.state:
        case "skipped":
            return [_found(Kind.LATE, one, there)] if one.because == "closed-month" else []
        case "removed":
            return [_found(Kind.STILL_THERE, one, there)] if there else []
        case "parked" if one.because == "second-of-day":
            return [_found(Kind.TWICE, one, there)]
        case "waiting" | "sending" if one.fresh:
            return []
        case "waiting" | "sending" | "parked":
            if one.no_kunjungan and there:
                return [_found(Kind.DIFFERS, one, there)]
            owner = Owner.BPJS if one.because in OUTAGES else Owner.FACILITY
            return [Found(Kind.NOT_SENT, one.delivery_id, owner, one, there, one.because or one.state)]
    if there is None:
        return [_found(Kind.DELETED_THERE if one.seen else Kind.NOT_LISTED, one, None)]
    if one.no_kunjungan and there.asked and there.visit != one.no_kunjungan:
        return [_found(Kind.DELETED_THERE if one.seen else Kind.NOT_LISTED, one, there, ("noKunjungan",))]
    differing = differs(wanted, there.content) if wanted and there.content else ()
    return [_found(Kind.DIFFERS, one, there, differing)] if differing else []


def _found(kind: Kind, one: Ours, there: Theirs | None, fields: tuple[str, ...] = ()) -> Found:
    return Found(kind, one.delivery_id, _OWNERS[kind], one, there, one.because, fields)


def differs(wanted: Mapping[str, str | None], there: Mapping[str, str | None]) -> tuple[str, ...]:
    """The fields in which two visits differ; what a list does not tell is no difference."""
    return tuple(n for n in COMPARED if n in there and n in wanted and (wanted[n] or None) != (there[n] or None))


STEPS: dict[str, tuple[frozenset[State], State | None]] = {
    "take": (frozenset({State.OPEN}), State.IN_HAND),
    "accept": (frozenset({State.OPEN, State.IN_HAND}), State.ACCEPTED),
    "reopen": (frozenset({State.ACCEPTED, State.IN_HAND, State.SETTLED}), State.OPEN),
    "assign": (frozenset({State.OPEN, State.IN_HAND}), None),
    "note": (frozenset(State), None),
}
"""Step → the states it can be taken in, and the state it leads to (None: it stays)."""
REASONED = frozenset({"accept", "note", "reopen"})
"""Steps that must say why."""
