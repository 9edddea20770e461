"""Performance-based capitation (KBK): ratios, ratings, score and payment band by dated rules, and the arithmetic in
words. Pure; every comparison is exact, values are rounded only to be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.indicators.contract.words import Words
from services.indicators.rules.policies import Dated

MONTHS_ID = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
Group = Literal["dm", "ht"]
"""A group of Prolanis."""
FKTP_KINDS = ("puskesmas", "klinik-pratama", "tpmd", "dentist")


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Rating(_Rule):
    """A rating and the values that have it."""

    is_: Annotated[int, Field(alias="is", ge=1, le=4)]
    at_least: Decimal | None = None
    above: Decimal | None = None
    at_most: Decimal | None = None

    def holds(self, value: Fraction) -> bool:
        """Whether a value has it."""
        return (
            (self.at_least is None or value >= Fraction(self.at_least))
            and (self.above is None or value > Fraction(self.above))
            and (self.at_most is None or value <= Fraction(self.at_most))
        )


class Ratio(_Rule):
    """One of the three: its weight, per how many, its target, its ratings from the best down."""

    weight: Annotated[Decimal, Field(gt=0, le=1)]
    per: Annotated[int, Field(gt=0)]
    target: Decimal
    rating: Annotated[tuple[Rating, ...], Field(min_length=1)]

    def rated(self, value: Fraction) -> int:
        """The rating of a value."""
        return next(r.is_ for r in self.rating if r.holds(value))

    @model_validator(mode="after")
    def _ends(self) -> "Ratio":
        if any(getattr(self.rating[-1], n) is not None for n in ("at_least", "above", "at_most")):
            raise ValueError("rating terakhir berlaku bagi sisanya / the last rating takes the rest")
        return self


class Band(_Rule):
    """What part of the capitation is paid from a score on."""

    from_: Annotated[Decimal, Field(alias="from", ge=0)]
    percent: Annotated[int, Field(ge=0, le=100)]


class Payment(_Rule):
    """Bands of a puskesmas and of the others."""

    puskesmas: Annotated[tuple[Band, ...], Field(min_length=1)]
    others: Annotated[tuple[Band, ...], Field(min_length=1)]


class Glucose(_Rule):
    """Controlled diabetes: the concept and its bounds, both included."""

    concept: Literal["glucose_fasting"]
    from_: Annotated[Decimal, Field(alias="from")]
    until: Decimal


class Pressure(_Rule):
    """Controlled hypertension at these ages: bounds, both included."""

    from_age: int
    until_age: int | None = None
    systolic: tuple[Decimal, Decimal]
    diastolic: tuple[Decimal, Decimal]


class Kbk(Dated):
    """The rules of a time."""

    source: str
    verify: str | None = None
    registered: tuple[str, ...]
    closes_on_day: Annotated[int, Field(ge=1, le=28)]
    least_contract_months: int
    least_members: int
    not_jkn: tuple[str, ...]
    empty: Decimal
    contact: Ratio
    rrns: Ratio
    rppt: Ratio
    payment: Payment
    dm: Glucose
    ht: tuple[Pressure, ...]

    @model_validator(mode="after")
    def _whole(self) -> "Kbk":
        if self.contact.weight + self.rrns.weight + self.rppt.weight != 1:
            raise ValueError("bobot harus berjumlah 1 / the weights must add up to 1")
        return self


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    def times(self, per: int, empty: Decimal) -> Fraction:
        """The ratio; without a denominator what is read instead."""
        return Fraction(self.count * per, self.of) if self.of else Fraction(empty)


@dataclass(frozen=True, slots=True)
class Month:
    """What one FKTP's month rests on. `members` 0: nobody is registered, nothing can be computed."""

    contact: Share
    rrns: Share
    dm: Share
    ht: Share


@dataclass(frozen=True, slots=True)
class Scored:
    """Values, ratings, score, and the part of the capitation that is paid."""

    contact: Fraction
    rrns: Fraction
    rppt: Fraction
    ratings: tuple[int, int, int]
    score: Fraction
    percent: int


def rppt(rule: Kbk, month: Month) -> Fraction:
    """The mean of the two shares; of one alone when nobody is enrolled in the other."""
    shares = [s.times(rule.rppt.per, rule.empty) for s in (month.dm, month.ht) if s.of]
    return sum(shares, Fraction(0)) / len(shares) if shares else Fraction(rule.empty)


def scored(rule: Kbk, kind: str, month: Month) -> Scored | None:
    """The month's score; None without registered members."""
    if not month.contact.of:
        return None
    values = (
        month.contact.times(rule.contact.per, rule.empty), month.rrns.times(rule.rrns.per, rule.empty),
        rppt(rule, month),
    )  # fmt: skip
    ratios = (rule.contact, rule.rrns, rule.rppt)
    ratings = tuple(ratio.rated(value) for ratio, value in zip(ratios, values, strict=True))
    score = sum((Fraction(ratio.weight) * r for ratio, r in zip(ratios, ratings, strict=True)), Fraction(0))
    return Scored(*values, (ratings[0], ratings[1], ratings[2]), score, percent(rule, kind, score))


def percent(rule: Kbk, kind: str, score: Fraction) -> int:
    """The part of the capitation that is paid for a score."""
    bands = rule.payment.puskesmas if kind == "puskesmas" else rule.payment.others
    return next(b.percent for b in bands if score >= Fraction(b.from_))


def age(born: date, day: date) -> int:
    """Completed years; a day that a month lacks is completed on the 1st of the next."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


Measured = Sequence[tuple[str, date, float]]
"""(concept, day, value): of each concept and day the last one."""


def dm_controlled(rule: Kbk, measured: Measured) -> bool | None:
    """By the month's last fasting glucose; None when there is none."""
    values = [(day, value) for concept, day, value in measured if concept == rule.dm.concept]
    return float(rule.dm.from_) <= max(values)[1] <= float(rule.dm.until) if values else None


def ht_controlled(rule: Kbk, born: date | None, measured: Measured) -> bool | None:
    """By the last day with both pressures; None when there is none. Whose age is unknown, or has no bounds, is not."""
    upper = {day: value for concept, day, value in measured if concept == "bp_systolic"}
    lower = {day: value for concept, day, value in measured if concept == "bp_diastolic"}
    both = upper.keys() & lower.keys()
    if not both:
        return None
    day = max(both)
    years = age(born, day) if born is not None else -1
    return any(
        p.from_age <= years <= (p.until_age if p.until_age is not None else 999)
        and float(p.systolic[0]) <= upper[day] <= float(p.systolic[1])
        and float(p.diastolic[0]) <= lower[day] <= float(p.diastolic[1])
        for p in rule.ht
    )


# the forecast


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is still needed by the month's last day, what the pace so far would give, and both in words."""

    needed: int
    per_day: float | None
    pace: float
    projected: int
    value: float
    rating: int
    words: Words


def thousands(n: int) -> str:
    """As Indonesians write it: 12.345."""
    return f"{n:,}".replace(",", ".")


def shown(value: Fraction | float, digits: int = 1) -> str:
    """With a comma."""
    return f"{float(value):.{digits}f}".replace(".", ",")


def goal(ratio: Ratio, of: int) -> int:
    """The fewest that reach the target of a ratio that must be high."""
    return ceil(Fraction(ratio.target) * of / ratio.per)


def contact_forecast(rule: Kbk, contact: Share, first: date, today: date, last: date) -> Forecast:
    """How many more members must come by the last day, how many a day that is, and where the pace so far leads."""
    passed, left = (today - first).days + 1, (last - today).days
    wanted = goal(rule.contact, contact.of)
    needed = max(0, wanted - contact.count)
    pace = Fraction(contact.count, passed)
    projected = min(contact.of, floor(contact.count + pace * left))
    value = Share(projected, contact.of).times(rule.contact.per, rule.empty)
    rating = rule.contact.rated(value)
    rate = Share(contact.count, contact.of).times(rule.contact.per, rule.empty)
    target, until = shown(Fraction(rule.contact.target), 0), f"{last.day} {MONTHS_ID[last.month - 1]}"
    so_far = (
        f"{thousands(contact.count)} dari {thousands(contact.of)} peserta sudah ada kontak ({shown(rate)} ‰). "
        f"{target} ‰ × {thousands(contact.of)} ÷ 1.000 = {thousands(wanted)} orang"
    )
    so_far_en = f"{contact.count} of {contact.of} members seen ({float(rate):.1f}‰); {target}‰ is {wanted} people"
    if not needed:
        return Forecast(0, None, float(pace), projected, float(value), rating, Words(
            id=f"{so_far}: target sudah tercapai.", en=f"{so_far_en}: the target is reached.",
        ))  # fmt: skip
    days = max(1, left)
    each = ceil(Fraction(needed, days))
    words = Words(
        id=f"{so_far}; butuh {thousands(needed)} kontak lagi sampai tanggal {until}, yaitu {thousands(each)} orang "
        f"sehari selama {days} hari. Laju sampai kini {shown(pace)} orang sehari ({thousands(contact.count)} ÷ "
        f"{passed} hari); bila tetap, akhir bulan {thousands(projected)} orang ({shown(value)} ‰, nilai {rating}).",
        en=f"{so_far_en}; {needed} more contacts are needed by {last}, {each} a day for {days} days. The pace so "
        f"far is {float(pace):.1f} a day; kept up, {projected} ({float(value):.1f}‰, rating {rating}) by then.",
    )
    return Forecast(needed, float(Fraction(needed, days)), float(pace), projected, float(value), rating, words)


def rrns_words(rule: Kbk, rrns: Share, unjudged: int) -> Words:
    """The share, and how much room is left below the target."""
    value, target = rrns.times(rule.rrns.per, rule.empty), Fraction(rule.rrns.target)
    said = f"{rrns.count} dari {rrns.of} rujukan tidak spesialistik tanpa TACC ({shown(value, 2)} %)"
    said_en = f"{rrns.count} of {rrns.of} referrals are non-specialist without TACC ({float(value):.2f}%)"
    if value <= target:
        room = max(0, floor((target * rrns.of / rule.rrns.per - rrns.count) / (1 - target / rule.rrns.per)))
        more, more_en = f"; {room} lagi masih dalam batas {shown(target, 0)} %", f"; {room} more stay within the limit"
    else:
        least = ceil(rrns.count * rule.rrns.per / target) if target else 0
        more = f"; {rrns.count} hanya sepadan dengan {thousands(least)} rujukan atau lebih pada {shown(target, 0)} %"
        more_en = f"; {rrns.count} would need {least} referrals or more at the limit"
    if unjudged:
        more += f"; {unjudged} belum dapat dinilai karena daftar diagnosisnya belum ada"
        more_en += f"; {unjudged} cannot be judged, there was no list of diagnoses"
    return Words(id=f"{said}{more}.", en=f"{said_en}{more_en}.")


def rppt_needed(rule: Kbk, month: Month, which: Group) -> int | None:
    """How many more of one group must be controlled for the target, the other staying; None: it alone cannot do it."""
    mine, other = (month.dm, month.ht) if which == "dm" else (month.ht, month.dm)
    if not mine.of:
        return None
    groups = 2 if other.of else 1
    lacking = Fraction(rule.rppt.target) - rppt(rule, month)
    more = max(0, ceil(lacking * groups * mine.of / rule.rppt.per))
    return more if mine.count + more <= mine.of else None


def rppt_words(rule: Kbk, month: Month, last: date) -> Words:
    """Both shares, their mean, and what is still needed in either."""
    value = rppt(rule, month)
    if not month.dm.of and not month.ht.of:
        return Words(id="Belum ada peserta Prolanis DM atau HT; dibaca 0 %.", en="Nobody is enrolled; read as 0%.")
    parts = [
        f"{name} {s.count} ÷ {s.of} = {shown(s.times(100, rule.empty), 2)} %"
        for name, s in (("DM", month.dm), ("HT", month.ht)) if s.of
    ]  # fmt: skip
    parts_en = [
        f"{name} {s.count} ÷ {s.of} = {float(s.times(100, rule.empty)):.2f}%"
        for name, s in (("DM", month.dm), ("HT", month.ht)) if s.of
    ]  # fmt: skip
    said = f"{'; '.join(parts)}; rata-rata {shown(value, 2)} %"
    said_en = f"{'; '.join(parts_en)}; mean {float(value):.2f}%"
    more = [
        (name, n)
        for name, n in (("DM", rppt_needed(rule, month, "dm")), ("HT", rppt_needed(rule, month, "ht"))) if n
    ]  # fmt: skip
    if value >= Fraction(rule.rppt.target):
        rest, rest_en = "target tercapai", "the target is reached"
    else:
        wanted = " atau ".join(f"{n} peserta {name} terkendali lagi" for name, n in more)
        wanted = wanted or "peserta Prolanis tidak cukup banyak"
        wanted_en = " or ".join(f"{n} more controlled {name} members" for name, n in more) or "more members"
        rest = f"butuh {wanted} sampai tanggal {last.day} {MONTHS_ID[last.month - 1]}"
        rest_en = f"needed by {last}: {wanted_en}"
    return Words(id=f"{said}; {rest}.", en=f"{said_en}; {rest_en}.")


def month_end(first: date) -> date:
    """The last day of the month."""
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def closing_day(rule: Kbk, first: date) -> date:
    """The last day on which entries for the month are taken."""
    return (month_end(first) + timedelta(days=1)).replace(day=rule.closes_on_day)


def months_apart(since: date, until: date) -> int:
    """Completed months."""
    return (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)
