"""Ranking where to refer, pure: what a facility is worth by each criterion, and why it is no candidate at all.

A criterion gives a share from 0 to 1 (None: not known, which counts as the rule `unknown-percent` says); the points are
share times weight, and the total is their part of all weights, from 0 to 100. Weights and measures are dated data of
the network (/v1/candidate-rules); the shape of each share is here:

- distance and answer time halve their share at `half-distance-km` and `half-answer-minutes`, and never reach nothing
- capacity counts reports younger than `stale-minutes` only; none free is 0, one is a half, more is more
- competence is what the facility has registered for the diagnosis; nothing registered is 0
- services is the part of the needed services that it offers; JKN counts when JKN pays
- a public facility needs no agreement; a private one is worth more when the record is open to it and we are a party
- answers and acceptance come from the receiver's own past, once it was asked often enough
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.facilities.contract import (
    CandidateFacts,
    CompetenceLevel,
    HospitalClass,
    Origin,
    Ownership,
    RankingRule,
    Status,
)
from services.facilities.contract import Kind as FacilityKind
from services.kernel.problems import Text
from services.referrals.contract import Kind, Urgency
from services.referrals.rules.competence import SECOND_LEVEL

FIRST_LEVEL = frozenset(
    {
        FacilityKind.PUSKESMAS, FacilityKind.KLINIK_PRATAMA, FacilityKind.TPMD, FacilityKind.TPMB,
        FacilityKind.DENTIST,
    }
)  # fmt: skip
LEAST_ASKED = 3
"""How often a receiver must have been asked before its past says something."""
_LEVELS: Mapping[str, float] = {
    CompetenceLevel.BASIC: 0.4, CompetenceLevel.INTERMEDIATE: 0.6, CompetenceLevel.MAIN: 0.8,
    CompetenceLevel.COMPREHENSIVE: 1.0,
}  # fmt: skip
_CLASSES = [HospitalClass.D_PRATAMA, HospitalClass.D, HospitalClass.C, HospitalClass.B, HospitalClass.A]


@dataclass(frozen=True, slots=True)
class Past:
    """What a receiver did when it was asked before, at the same urgency: how often it was asked, answered, accepted,
    and the median of its answers (who has not answered has waited until now)."""

    asked: int
    answered: int
    accepted: int
    median_minutes: float


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for."""

    kind: Kind | None
    urgency: Urgency
    at: datetime
    now: datetime
    jkn: bool
    needed: Sequence[str]
    insisted: Sequence[str]
    sender: str | None
    origin: Origin
    within_km: float | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A criterion of one facility. `share` None: not known."""

    rule: RankingRule
    share: float | None
    weight: int
    points: float
    words: Text


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its points (0 to 100) and what they are made of."""

    facts: CandidateFacts
    total: float
    weighed: Sequence[Weighed]


Share = tuple[float | None, Callable[[], Text]]
"""A criterion's share and how to say it: words are made for those that are shown only."""
Numbers = Mapping[str, int]


def rank(
    facilities: Sequence[CandidateFacts], wish: Wish, numbers: Numbers, past: Mapping[str, Past], limit: int
) -> list[Ranked]:
    """The first of the facilities from the best: by points, then nearness, then code."""
    order = sorted(
        (-round(points(f, wish, numbers, past.get(f.code)), 4), _far(f), f.code, n) for n, f in enumerate(facilities)
    )
    best = [facilities[n] for *_, n in order[:limit]]
    return [weigh(f, wish, numbers, past.get(f.code)) for f in best]


def points(facts: CandidateFacts, wish: Wish, numbers: Numbers, past: Past | None) -> float:
    """What a facility is worth, from 0 to 100: its points of all it could have by the criteria that count."""
    got, most = 0.0, 0
    for _, weight, share, _ in _shares(facts, wish, numbers, past):
        got += weight * share
        most += weight
    return 100 * got / most if most else 0.0


def weigh(facts: CandidateFacts, wish: Wish, numbers: Numbers, past: Past | None) -> Ranked:
    """A facility with its points and what they are made of."""
    weighed = []
    for rule, weight, counted, (share, words) in _shares(facts, wish, numbers, past):
        weighed.append(Weighed(rule, share, weight, weight * counted, words()))
    return Ranked(facts, points(facts, wish, numbers, past), weighed)


def _shares(
    facts: CandidateFacts, wish: Wish, numbers: Numbers, past: Past | None
) -> Iterator[tuple[RankingRule, int, float, Share]]:
    """Each criterion that counts for this wish: its weight, the share that is counted, and what was found."""
    unknown = numbers.get(RankingRule.UNKNOWN, 0) / 100
    for rule, share_of in _CRITERIA.items():
        weight = numbers.get(rule, 0)
        found = share_of(facts, wish, numbers, past) if weight else None
        if found is not None:
            yield rule, weight, unknown if found[0] is None else found[0], found


def _far(facts: CandidateFacts) -> float:
    return float("inf") if facts.distance_km is None else facts.distance_km


# --- the criteria -----------------------------------------------------------------------------------------


def _competence(facts: CandidateFacts, *_: object) -> Share:
    level, code = facts.competence, facts.competence_code
    if level is None:
        none = "kompetensi untuk diagnosis ini tidak tercatat", "no competence registered for this diagnosis"
        return 0.0, lambda: Text(*none)
    return _LEVELS[level], lambda: Text(f"kompetensi {level} ({code})", f"competence {level} ({code})")


def _services(facts: CandidateFacts, wish: Wish, *_: object) -> Share | None:
    if not wish.needed:
        return None
    if not facts.listed:
        return None, lambda: Text("layanannya belum didaftar", "its services are not listed")
    has, all_ = len(facts.offered), len(wish.needed)
    if has >= all_:
        return 1.0, lambda: Text(f"semua layanan yang diperlukan ada ({all_})", f"offers all needed services ({all_})")
    return has / all_, lambda: _lacks(facts, wish)


def _lacks(facts: CandidateFacts, wish: Wish) -> Text:
    has, all_, missing = len(facts.offered), len(wish.needed), _missing(wish.needed, facts)
    return Text(f"{has} dari {all_} layanan; tidak ada: {missing}", f"{has} of {all_} services; lacks: {missing}")


def _missing(wanted: Sequence[str], facts: CandidateFacts) -> str:
    return ", ".join(s for s in wanted if s not in facts.offered)


def _open(facts: CandidateFacts, *_: object) -> Share:
    if facts.open is None:
        return None, lambda: Text("jam buka tidak diketahui", "opening hours not known")
    if facts.open:
        return 1.0, lambda: Text("buka pada saat dibutuhkan", "open when needed")
    return 0.0, lambda: Text("tutup pada saat dibutuhkan", "closed when needed")


def _distance(facts: CandidateFacts, wish: Wish, numbers: Numbers, *_: object) -> Share:
    km = facts.distance_km
    if km is None:
        return None, lambda: Text("jarak tidak diketahui", "distance not known")
    half = max(numbers.get(RankingRule.HALF_DISTANCE, 1), 1)
    return half / (half + km), lambda: Text(f"{km:.1f} km".replace(".", ","), f"{km:.1f} km")


def _capacity(facts: CandidateFacts, wish: Wish, numbers: Numbers, *_: object) -> Share:
    told = facts.slots if wish.urgency is Urgency.ROUTINE else facts.slots + facts.beds
    if not told:
        return None, lambda: Text("kapasitas tidak dilaporkan", "capacity not reported")
    oldest = wish.now - timedelta(minutes=numbers.get(RankingRule.STALE, 0))
    fresh = [r for r in told if r.reported_at >= oldest]
    age = max(int((wish.now - max(r.reported_at for r in (fresh or told))).total_seconds() // 60), 0)
    if not fresh:
        old = f"laporan kapasitas sudah lama ({age} menit)", f"capacity report is old ({age} minutes)"
        return None, lambda: Text(*old)
    free = sum(r.free for r in fresh)
    share = (free + 1) / (free + 3) if free else 0.0
    return share, lambda: Text(
        f"{free} tempat kosong, dilaporkan {age} menit lalu", f"{free} free, told {age} minutes ago"
    )


def _jkn(facts: CandidateFacts, wish: Wish, *_: object) -> Share | None:
    if not wish.jkn:
        return None
    if facts.jkn is None:
        return 0.0, lambda: Text("tanpa kerja sama JKN pada hari itu", "no JKN contract on that day")
    return 1.0, lambda: Text(f"bekerja sama dengan JKN ({facts.jkn})", f"has a JKN contract ({facts.jkn})")


def _agreement(facts: CandidateFacts, *_: object) -> Share:
    if facts.ownership == Ownership.PUBLIC:
        return 1.0, lambda: Text("milik pemerintah, tidak perlu perjanjian", "public, needs no agreement")
    bond = facts.agreement
    if bond is None:
        return 0.0, lambda: Text("tanpa perjanjian jejaring yang berlaku", "no agreement in force")
    until = f"{bond.until}" if bond.until else "-"
    sees = ("membuka rekam", "opens the record") if bond.opens_record else ("tanpa rekam", "without the record")
    return 0.5 + 0.25 * bond.opens_record + 0.25 * bond.with_sender, lambda: Text(
        f"perjanjian sampai {until}, {sees[0]}", f"agreement until {until}, {sees[1]}"
    )


def _too_few() -> Text:
    return Text("belum cukup riwayat jawaban", "too few answers so far")


def _answers(_: CandidateFacts, __: Wish, numbers: Numbers, past: Past | None) -> Share:
    if past is None or past.asked < LEAST_ASKED:
        return None, _too_few
    half, minutes = max(numbers.get(RankingRule.HALF_ANSWER, 1), 1), round(past.median_minutes)
    return half / (half + past.median_minutes), lambda: Text(
        f"median jawab {minutes} menit ({past.asked} kali ditanya)",
        f"median answer {minutes} minutes (asked {past.asked} times)",
    )


def _acceptance(_: CandidateFacts, __: Wish, ___: Numbers, past: Past | None) -> Share:
    if past is None or past.answered < LEAST_ASKED:
        return None, _too_few
    return past.accepted / past.answered, lambda: Text(
        f"menerima {past.accepted} dari {past.answered}", f"accepted {past.accepted} of {past.answered}"
    )


_CRITERIA: Mapping[RankingRule, Callable[[CandidateFacts, Wish, Numbers, Past | None], Share | None]] = {
    RankingRule.COMPETENCE: _competence,
    RankingRule.SERVICES: _services,
    RankingRule.OPEN: _open,
    RankingRule.DISTANCE: _distance,
    RankingRule.CAPACITY: _capacity,
    RankingRule.JKN: _jkn,
    RankingRule.AGREEMENT: _agreement,
    RankingRule.ANSWERS: _answers,
    RankingRule.ACCEPTANCE: _acceptance,
}


# --- who is no candidate ----------------------------------------------------------------------------------


def excluded(facts: CandidateFacts, wish: Wish) -> list[Text]:
    """Why a facility is no candidate; empty when it is one."""
    found = [
        Text("faskes pengirim sendiri", "the sender itself") if facts.code == wish.sender else None,
        _inactive(facts),
        _wrong_level(facts, wish),
        _too_far(facts, wish),
    ]
    missing = _missing(wish.insisted, facts)
    if missing and facts.listed:
        found.append(Text(f"tidak menawarkan: {missing}", f"does not offer: {missing}"))
    if wish.urgency is Urgency.EMERGENCY and facts.open is False:
        found.append(Text("tutup pada saat dibutuhkan", "closed when needed"))
    return [text for text in found if text is not None]


def _inactive(facts: CandidateFacts) -> Text | None:
    if facts.status == Status.ACTIVE:
        return None
    words = {Status.SUSPENDED: "ditangguhkan", Status.CLOSED: "tutup", Status.PLANNED: "belum beroperasi"}
    status = Status(facts.status)
    return Text(f"tidak beroperasi pada hari itu: {words[status]}", f"not in operation on that day: {status}")


def _wrong_level(facts: CandidateFacts, wish: Wish) -> Text | None:
    """Vertical goes up, horizontal stays, back goes to the first level; partial goes anywhere, also to a laboratory."""
    from_second = wish.origin.kind in SECOND_LEVEL
    able = kinds(wish.kind)
    if wish.kind is Kind.HORIZONTAL and wish.origin.kind is not None:
        able = SECOND_LEVEL if from_second else FIRST_LEVEL
    fits = able is None or facts.kind in able
    if wish.kind is Kind.VERTICAL and from_second:
        fits = fits and _above(facts, wish.origin)
    return None if fits else Text("tingkatnya tidak sesuai arah rujukan", "not of the level this referral goes to")


def kinds(kind: Kind | None) -> frozenset[FacilityKind] | None:
    """The kinds a direction leads to, whoever sends; None: that depends."""
    return {Kind.VERTICAL: SECOND_LEVEL, Kind.BACK: FIRST_LEVEL}.get(kind) if kind else None


def _above(facts: CandidateFacts, origin: Origin) -> bool:
    """Whether a hospital is of a higher class; it may be when a class is not known."""
    if facts.hospital_class is None or origin.hospital_class is None:
        return True
    ranks = [_CLASSES.index(HospitalClass(c)) for c in (facts.hospital_class, origin.hospital_class)]
    return ranks[0] > ranks[1]


def _too_far(facts: CandidateFacts, wish: Wish) -> Text | None:
    if wish.within_km is None:
        return None
    if facts.distance_km is None:
        return Text("jarak tidak diketahui", "distance not known")
    if facts.distance_km <= wish.within_km:
        return None
    return Text(f"lebih jauh dari {wish.within_km:g} km", f"farther than {wish.within_km:g} km")


# --- a destination that was chosen --------------------------------------------------------------------------


def warnings(
    facts: CandidateFacts, needed: Sequence[str], *, jkn: bool
) -> list[tuple[Literal["service", "closed", "jkn"], Text]]:
    """What speaks against a destination and does not forbid it: a needed service it does not offer, closed when
    needed, no JKN contract though JKN shall pay."""
    found: list[tuple[Literal["service", "closed", "jkn"], Text]] = []
    missing = _missing(needed, facts)
    if missing and facts.listed:
        found.append(("service", Text(f"tujuan tidak menawarkan: {missing}", f"it does not offer: {missing}")))
    if facts.open is False:
        found.append(("closed", Text("tujuan tutup pada saat dibutuhkan", "it is closed when needed")))
    if jkn and facts.jkn is None:
        found.append(("jkn", Text("tujuan tanpa kerja sama JKN pada hari itu", "it has no JKN contract on that day")))
    return found
