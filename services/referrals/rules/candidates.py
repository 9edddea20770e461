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

from collections.abc import Callable, Mapping, Sequence
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
_LEVELS = {
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


Share = tuple[float | None, Text]
Numbers = Mapping[str, int]


def rank(facilities: Sequence[CandidateFacts], wish: Wish, numbers: Numbers, past: Mapping[str, Past]) -> list[Ranked]:
    """The facilities from the best: by points, then nearness, then code."""
    found = [weigh(f, wish, numbers, past.get(f.code)) for f in facilities]
    return sorted(found, key=lambda r: (-round(r.total, 4), _far(r.facts), r.facts.code))


def weigh(facts: CandidateFacts, wish: Wish, numbers: Numbers, past: Past | None) -> Ranked:
    """One facility by every criterion that counts for this wish."""
    unknown = numbers.get(RankingRule.UNKNOWN, 0) / 100
    weighed = []
    for rule, share_of in _CRITERIA.items():
        weight = numbers.get(rule, 0)
        found = share_of(facts, wish, numbers, past) if weight else None
        if found is not None:
            share, words = found
            points = weight * (unknown if share is None else share)
            weighed.append(Weighed(rule, share, weight, points, words))
    most = sum(w.weight for w in weighed)
    return Ranked(facts, 100 * sum(w.points for w in weighed) / most if most else 0.0, weighed)


def _far(facts: CandidateFacts) -> float:
    return float("inf") if facts.distance_km is None else facts.distance_km


# --- the criteria -----------------------------------------------------------------------------------------


def _competence(facts: CandidateFacts, *_: object) -> Share:
    if facts.competence is None:
        return 0.0, Text("kompetensi untuk diagnosis ini tidak tercatat", "no competence registered for this diagnosis")
    level, code = facts.competence, facts.competence_code
    return _LEVELS[CompetenceLevel(level)], Text(f"kompetensi {level} ({code})", f"competence {level} ({code})")


def _services(facts: CandidateFacts, wish: Wish, *_: object) -> Share | None:
    if not wish.needed:
        return None
    if not facts.listed:
        return None, Text("layanannya belum didaftar", "its services are not listed")
    has, all_ = len(facts.offered), len(wish.needed)
    missing = ", ".join(s for s in wish.needed if s not in facts.offered)
    if not missing:
        return 1.0, Text(f"semua layanan yang diperlukan ada ({all_})", f"offers all needed services ({all_})")
    return has / all_, Text(f"{has} dari {all_} layanan; tidak ada: {missing}", f"{has} of {all_}; lacks: {missing}")


def _open(facts: CandidateFacts, *_: object) -> Share:
    if facts.open is None:
        return None, Text("jam buka tidak diketahui", "opening hours not known")
    if facts.open:
        return 1.0, Text("buka pada saat dibutuhkan", "open when needed")
    return 0.0, Text("tutup pada saat dibutuhkan", "closed when needed")


def _distance(facts: CandidateFacts, wish: Wish, numbers: Numbers, *_: object) -> Share:
    if facts.distance_km is None:
        return None, Text("jarak tidak diketahui", "distance not known")
    km = f"{facts.distance_km:.1f}"
    half = max(numbers.get(RankingRule.HALF_DISTANCE, 1), 1)
    return half / (half + facts.distance_km), Text(f"{km.replace('.', ',')} km", f"{km} km")


def _capacity(facts: CandidateFacts, wish: Wish, numbers: Numbers, *_: object) -> Share:
    told = facts.slots if wish.urgency is Urgency.ROUTINE else (*facts.slots, *facts.beds)
    if not told:
        return None, Text("kapasitas tidak dilaporkan", "capacity not reported")
    oldest = wish.now - timedelta(minutes=numbers.get(RankingRule.STALE, 0))
    fresh = [r for r in told if r.reported_at >= oldest]
    latest = max(r.reported_at for r in (fresh or told))
    age = max(int((wish.now - latest).total_seconds() // 60), 0)
    if not fresh:
        return None, Text(f"laporan kapasitas sudah lama ({age} menit)", f"capacity report is old ({age} minutes)")
    free = sum(r.free for r in fresh)
    words = Text(f"{free} tempat kosong, dilaporkan {age} menit lalu", f"{free} free, told {age} minutes ago")
    return (free + 1) / (free + 3) if free else 0.0, words


def _jkn(facts: CandidateFacts, wish: Wish, *_: object) -> Share | None:
    if not wish.jkn:
        return None
    if facts.jkn is None:
        return 0.0, Text("tanpa kerja sama JKN pada hari itu", "no JKN contract on that day")
    return 1.0, Text(f"bekerja sama dengan JKN ({facts.jkn})", f"has a JKN contract ({facts.jkn})")


def _agreement(facts: CandidateFacts, *_: object) -> Share:
    if facts.ownership == Ownership.PUBLIC:
        return 1.0, Text("milik pemerintah, tidak perlu perjanjian", "public, needs no agreement")
    bond = facts.agreement
    if bond is None:
        return 0.0, Text("tanpa perjanjian jejaring yang berlaku", "no agreement in force")
    share = 0.5 + 0.25 * bond.opens_record + 0.25 * bond.with_sender
    until = f"{bond.until}" if bond.until else "-"
    sees = ("membuka rekam", "opens the record") if bond.opens_record else ("tanpa rekam", "without the record")
    return share, Text(f"perjanjian sampai {until}, {sees[0]}", f"agreement until {until}, {sees[1]}")


def _answers(_: CandidateFacts, __: Wish, numbers: Numbers, past: Past | None) -> Share:
    if past is None or past.asked < LEAST_ASKED:
        return None, Text("belum cukup riwayat jawaban", "too few answers so far")
    half, minutes = max(numbers.get(RankingRule.HALF_ANSWER, 1), 1), round(past.median_minutes)
    words = Text(f"median jawab {minutes} menit ({past.asked} kali ditanya)",
                 f"median answer {minutes} minutes (asked {past.asked} times)")  # fmt: skip
    return half / (half + past.median_minutes), words


def _acceptance(_: CandidateFacts, __: Wish, ___: Numbers, past: Past | None) -> Share:
    if past is None or past.answered < LEAST_ASKED:
        return None, Text("belum cukup riwayat jawaban", "too few answers so far")
    words = Text(f"menerima {past.accepted} dari {past.answered}", f"accepted {past.accepted} of {past.answered}")
    return past.accepted / past.answered, words


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
    missing = ", ".join(s for s in wish.insisted if s not in facts.offered)
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
    first, second = facts.kind in FIRST_LEVEL, facts.kind in SECOND_LEVEL
    from_second = wish.origin.kind in SECOND_LEVEL
    if wish.kind in (None, Kind.PARTIAL) or wish.origin.kind is None:
        fits = True
    elif wish.kind is Kind.VERTICAL:
        fits = second and (not from_second or _above(facts, wish.origin))
    elif wish.kind is Kind.BACK:
        fits = first
    else:
        fits = second if from_second else first
    return None if fits else Text("tingkatnya tidak sesuai arah rujukan", "not of the level this referral goes to")


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
    missing = ", ".join(s for s in needed if s not in facts.offered)
    if missing and facts.listed:
        found.append(("service", Text(f"tujuan tidak menawarkan: {missing}", f"it does not offer: {missing}")))
    if facts.open is False:
        found.append(("closed", Text("tujuan tutup pada saat dibutuhkan", "it is closed when needed")))
    if jkn and facts.jkn is None:
        found.append(("jkn", Text("tujuan tanpa kerja sama JKN pada hari itu", "it has no JKN contract on that day")))
    return found
