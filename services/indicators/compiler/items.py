"""A standard's items as pieces of SQL: who is asked for what, in which window, and how far a fact brings an item.

An item is a bit in two masks: `required` of the unit, and the mask of what was met. A monthly item takes thirteen:
one for each month, and the first of them for "no month is required yet".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.indicators.compiler.belonging import by_hour, hosts, of_delivery
from services.indicators.compiler.populations.measured import INDICES
from services.indicators.compiler.schema import Delivery, Item, Person, Pregnancy, Standard, When
from services.indicators.compiler.sql import quoted, year_days

BASES = {"unit": 0, "year": 1, "ever": 2}
MONTHLY = 3
"""What an item's window is cut from; the number stands in the relation `want`."""


@dataclass(frozen=True, slots=True)
class Bit:
    """One place in the masks: an item, and for a monthly item its month (0: no month required yet)."""

    at: int
    item: Item
    month: int | None = None

    @property
    def name(self) -> str:
        """SQL of the name it is missing under."""
        base = quoted(self.item.part_of or self.item.name)
        return f"{base} || ':' || u.year || '-{self.month:02}'" if self.month else base


class Items:
    """The items of one standard. In its SQL `u` is a unit, `w` a row of `want`, `f` a fact."""

    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.bits: list[Bit] = []
        self._first: dict[str, int] = {}
        for item in standard.items:
            self._first[item.name] = len(self.bits)
            for n in range(item.bits):
                self.bits.append(Bit(len(self.bits), item, n if item.every else None))
        self.paired = any(i.all_of for i in standard.items)
        self.timed = any(i.timed for i in standard.items)
        self.dosed = [i for i in standard.items if (i.doses or 0) > 1]
        self.graded = [i for i in standard.items if i.index]
        self._bases = {_base(i) for i in standard.items}
        self._first_day, self._last_day = year_days("u.year", standard.first_month)

    def _bits_of(self, items: Iterable[Item]) -> str:
        return ", ".join(str(self._first[i.name]) for i in items)

    def required(self) -> str:
        """The mask of all that is asked of a unit."""
        plain = sum(1 << self._first[i.name] for i in self.standard.items if not i.every and i.when == When())
        parts = [f"{plain}::bigint"]
        for item in self.standard.items:
            first = self._first[item.name]
            mask = f"{1 << first}::bigint"
            if item.every:
                months = "(1::bigint << m_last + 1) - (1::bigint << m_first)"
                mask = f"(CASE WHEN m_first IS NULL THEN 1::bigint ELSE {months} END << {first})"
            if item.when != When():
                mask = f"CASE WHEN {_when(item.when)} THEN {mask} ELSE 0 END"
            if item.every or item.when != When():
                parts.append(mask)
        return " | ".join(parts)

    def wants(self) -> str:
        """`want`: which facts may meet which item."""
        columns = "concept, first, part, parts, need, base, lo, hi, every"
        rows = []
        for item in self.standard.items:
            for n, concept in enumerate(self.standard.population.concepts if item.index else item.concepts):
                part, parts = (1 << n, (1 << len(item.all_of)) - 1) if item.all_of else (0, 0)
                rows.append(
                    f"({quoted(concept)}, {self._first[item.name]}, {part}, {parts}, {item.need:g}, {_base(item)}, "
                    f"{_number(item.from_day)}, {_number(item.until_day)}, {bool(item.every)}"
                    + (f", {_number(item.from_hour)}, {_number(item.until_hour)})" if self.timed else ")")
                )
        return f"want ({columns}{', from_hour, until_hour' if self.timed else ''}) AS (VALUES {', '.join(rows)})"

    def hosts(self) -> str:
        """More hits, of visits instead of facts."""
        return "".join(f"\n    UNION ALL{host}" for host in hosts(self.standard, self._first))

    def bit(self) -> str:
        """The bit a fact may set; that of its month when the item is monthly."""
        if not any(i.every for i in self.standard.items):
            return "w.first"
        return "w.first + CASE WHEN w.every AND u.m_first IS NOT NULL THEN extract(month FROM f.date)::int ELSE 0 END"

    def inside(self) -> str:
        """Condition under which a fact lies where it counts for an item of a unit."""
        if isinstance(self.standard.population, Delivery):
            return of_delivery(self.standard.population, "f")
        since, until = self._span()
        if self.timed:
            return by_hour(since, f"least(u.d, {until})")
        if any(i.from_day is not None for i in self.standard.items):
            since = f"greatest({since}, u.anchor + w.lo)"
        if any(i.until_day is not None for i in self.standard.items):
            until = f"{until}, u.anchor + w.hi"
        return f"f.date BETWEEN {since} AND least(u.d, {until})"

    def asked(self) -> str:
        """Condition that the item is required of the unit; nothing where each is of every unit."""
        always = all(not i.every and i.when == When() for i in self.standard.items)
        if always and not isinstance(self.standard.population, Pregnancy):  # of those without a date nothing is asked
            return ""
        return f" AND (u.required >> ({self.bit()})) & 1 = 1"

    def _span(self) -> tuple[str, str]:
        """First and last day of what an item's window is cut from."""
        low = {0: "u.since", 1: self._first_day, 2: "'-infinity'::date", MONTHLY: "u.m_since"}
        high = {0: "u.until", 1: "u.d", 2: "u.d", MONTHLY: "u.m_until"}
        return self._choose(low), self._choose(high)

    def spanned(self) -> str:
        """Condition where a unit's own window has gaps: it is the year and the windows of another standard's units."""
        population = self.standard.population
        if not isinstance(population, Person) or population.units is None:
            return ""
        always = f"w.base <> {BASES['unit']} OR " if self._bases != {BASES["unit"]} else ""
        return f" AND ({always}f.date >= {self._first_day} OR f.date <@ u.spans)"

    def _choose(self, ends: dict[int, str]) -> str:
        """One end of the window: a plain column when all items share a base."""
        if len(self._bases) == 1:
            return ends[next(iter(self._bases))]
        return "CASE w.base " + " ".join(f"WHEN {b} THEN {ends[b]}" for b in sorted(self._bases)) + " END"

    def held(self) -> tuple[str, str, str]:
        """CTE, join and condition that leave out visits holding a fact which keeps them from counting."""
        asked = [(self._first[i.name], i.without) for i in self.standard.items if i.without]
        if not asked:
            return "", "", ""
        concepts = ", ".join(sorted({quoted(what) for _, what in asked}))
        cte = f""", held AS (
    SELECT person_id, encounter_id, concept AS what, min(date) AS since FROM f
    WHERE concept IN ({concepts}) AND encounter_id IS NOT NULL GROUP BY 1, 2, 3
)"""
        which = " OR ".join(f"w.first = {bit} AND held.what = {quoted(what)}" for bit, what in asked)
        join = f"""LEFT JOIN held ON held.person_id = f.person_id AND held.encounter_id = f.encounter_id
        AND held.since <= u.d AND ({which})"""
        return cte, join, " AND held.since IS NULL"

    def chosen(self) -> tuple[str, str]:
        """Columns and condition of items by index: the z-scores, and only the two facts they were made of."""
        if not self.graded:
            return "", ""
        used = "f.resource_id = u.{0}_id AND f.seq = u.{0}_seq"
        which = f"{used.format('weight')} OR {used.format('height')}"
        if len(self.graded) < len(self.standard.items):
            which = f"w.first NOT IN ({self._bits_of(self.graded)}) OR {which}"
        return "".join(f", u.{name}" for name in ("plausible", *INDICES)), f" AND ({which})"

    def whole(self) -> str:
        """CTE that says which parts of a pair a day has (systolic and diastolic); in the order `met` asks for, so that
        one sort does for both."""
        if not self.paired:
            return ""
        return """, whole AS (
    SELECT *, bit_or(part) OVER (PARTITION BY n, bit, date ORDER BY receipt, seq
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS part_mask FROM hit
)"""

    def each(self) -> tuple[str, str]:
        """CTE that says which fact is the first of its resource, where resources count; and what is read on."""
        read = "whole" if self.paired else "hit"
        if not any(i.resources for i in self.standard.items):
            return "", read
        return (
            f""", each AS (
    SELECT *, (row_number() OVER (PARTITION BY n, bit, resource_type, resource_id ORDER BY date, seq) = 1)::int AS fresh
    FROM {read}
)""",
            "each",
        )

    def counted(self) -> str:
        """CTE of the counted doses: the earliest, then each time the earliest far enough from the one before."""
        if not self.dosed:
            return ""
        gaps = " ".join(f"WHEN {self._first[i.name]} THEN {i.apart_days or 0}" for i in self.dosed)
        steps = "".join(
            f"\n    CROSS JOIN LATERAL (SELECT min(x) AS d{n} FROM unnest(days) x WHERE x >= d{n - 1} + gap) s{n}"
            for n in range(2, self._most + 1)
        )
        days = ", ".join(f"d{n}" for n in range(1, self._most + 1))
        return f""", dosing AS (
    SELECT n, bit, CASE bit {gaps} END AS gap, min(date) AS d1, array_agg(DISTINCT date) AS days
    FROM hit WHERE bit IN ({self._bits_of(self.dosed)}) GROUP BY n, bit
), counted AS (
    SELECT n, bit, gap, {days}, greatest({days}) AS last FROM dosing{steps}
)"""

    @property
    def _most(self) -> int:
        return int(max(i.need for i in self.dosed))

    def progress(self) -> str:
        """How far a fact's day brings its item: days or doses so far, or the running total."""
        cases = []
        if totals := [i for i in self.standard.items if i.total]:
            running = "sum(value::numeric) OVER (PARTITION BY n, bit ORDER BY date)"
            cases.append(f"WHEN bit IN ({self._bits_of(totals)}) THEN {running}")
        for item in (i for i in self.standard.items if i.resources):
            so_far = "OVER (PARTITION BY n, bit ORDER BY date)"
            among = f"concept IN ({', '.join(map(quoted, item.among))})" if item.among else "true"
            cases.append(
                f"WHEN bit = {self._first[item.name]} THEN CASE WHEN bool_or({among}) {so_far}"
                f" THEN sum(fresh) {so_far} ELSE 0 END"
            )
        if self.dosed:
            which = " ".join(f"WHEN c.d{n} THEN {n}" for n in range(1, self._most + 1))
            cases.append(f"WHEN bit IN ({self._bits_of(self.dosed)}) THEN CASE date {which} ELSE 0 END")
        if many := [i for i in self.standard.items if (i.days or 1) > 1]:
            rank = "dense_rank() OVER (PARTITION BY n, bit ORDER BY date)"
            cases.append(f"WHEN bit IN ({self._bits_of(many)}) THEN {rank}")
        for item in self.graded:
            inside = "plausible"
            if item.index != "plausible":
                inside = f"{item.index} BETWEEN {_z(item.from_z, '-')} AND {_z(item.until_z, '')}"
            met = f"CASE WHEN {inside} THEN {int(not item.outside)} ELSE {int(item.outside)} END"
            cases.append(f"WHEN bit = {self._first[item.name]} THEN {met}")
        return f"CASE {' '.join(cases)} ELSE 1 END" if cases else "1"

    def credited(self) -> tuple[str, str, str]:
        """CTE, name and condition of the met places whose facility met an item.

        Parts under one name are one item: it is met, by one facility, when the last of them is.
        """
        parts = dict[str, int]()
        for bit in self.bits:
            if name := bit.item.part_of:
                parts[name] = parts.get(name, 0) | 1 << bit.at
        if not parts:
            return "", "met", ""
        which = " ".join(f"WHEN {mask} >> bit & 1 = 1 THEN {mask}::bigint" for mask in parts.values())
        return (
            f"""whose AS (
    SELECT *, parts IS NULL OR required & parts & ~bit_or(1::bigint << bit) OVER (PARTITION BY n, parts) = 0
              AND row_number() OVER (PARTITION BY n, parts ORDER BY met_on DESC, receipt, seq) = 1 AS credits
    FROM (SELECT met.*, CASE {which} END AS parts FROM met) m JOIN (SELECT n, required FROM asked) a USING (n)
), """,
            "whose",
            " AND credits",
        )

    def due(self) -> str:
        """SELECT (at, name, low, high): the places required of a unit, each with the days it is due from and until."""
        rows = ", ".join(f"({b.at}, {b.name}, {self._low(b)}, {self._high(b)})" for b in self.bits)
        return f"""
    SELECT at, name, low, high FROM (VALUES {rows}) w (at, name, low, high) WHERE (u.required >> at) & 1 = 1
    UNION ALL SELECT -1, unnest(u.fixed), NULL, NULL"""

    def _low(self, bit: Bit) -> str:
        """The day from which a place is due; null when it always was."""
        if bit.month:
            return f"make_date(u.year, {bit.month}, 1)"
        starts = {0: "u.since", 1: self._first_day, 2: "NULL::date", MONTHLY: "u.m_since"}
        return _narrowed("greatest", starts[_base(bit.item)], bit.item.from_day)

    def _high(self, bit: Bit) -> str:
        """The day until which a place is due, whatever the as-of date: what may be met at any time, within the year."""
        if bit.month:
            return f"make_date(u.year, {bit.month + 1}, 1) - 1" if bit.month < 12 else "make_date(u.year, 12, 31)"
        month_end = "(date_trunc('month', u.d::timestamp) + interval '1 month')::date - 1"
        ends = {0: "u.ends", 1: self._last_day, 2: self._last_day, MONTHLY: month_end}
        return _narrowed("least", ends[_base(bit.item)], bit.item.until_day)

    def spacing(self) -> tuple[str, str]:
        """CTE and join of `next_<bit>`: from when on the next dose counts, by the last one that did."""
        if not self.dosed:
            return "", ""
        firsts = [self._first[i.name] for i in self.dosed]
        columns = ", ".join(f"max(last + gap) FILTER (WHERE bit = {at}) AS next_{at}" for at in firsts)
        return f"spacing AS (SELECT n, {columns} FROM counted GROUP BY n), ", "LEFT JOIN spacing USING (n)"

    def missing(self) -> tuple[str, str, str]:
        """Of the places in `lack`: their names, from when and until when each is due; parallel arrays, in order.

        Said place by place, without a subquery, because it is done for every unit of every rebuild.
        """
        named = dict[str, list[Bit]]()
        for bit in self.bits:
            named.setdefault(bit.name, []).append(bit)
        spaced = {self._first[i.name] for i in self.dosed}
        names, lows, highs = list[str](), list[str](), list[str]()
        for name, bits in named.items():
            some = f"lack & {sum(1 << b.at for b in bits)} <> 0"
            after = {b.at: f"greatest({self._low(b)}, next_{b.at})" if b.at in spaced else self._low(b) for b in bits}
            names.append(f"CASE WHEN {some} THEN {name} END")
            lows.append(f"CASE WHEN {some} THEN {_first_of([(b.at, after[b.at]) for b in bits])} ELSE 'infinity' END")
            highs.append(
                f"CASE WHEN {some} THEN {_first_of([(b.at, self._high(b)) for b in bits])} ELSE 'infinity' END"
            )
        return (
            f"array_remove(ARRAY[{', '.join(names)}], NULL)",
            f"array_remove(ARRAY[{', '.join(lows)}], 'infinity')",
            f"array_remove(ARRAY[{', '.join(highs)}], 'infinity')",
        )

    def turns(self) -> list[int]:
        """Ages in months at which an item begins or ends to be asked."""
        whens = [i.when for i in self.standard.items]
        ends = [w.from_age_months for w in whens]
        ends += [w.until_age_months + 1 for w in whens if w.until_age_months is not None]
        return sorted({m for m in ends if m})


def _base(item: Item) -> int:
    return MONTHLY if item.every else BASES["year"] if item.index else BASES[item.window]


def _z(bound: float | None, sign: str) -> str:
    """An end of a range of z-scores; open where none is given."""
    return f"'{sign}infinity'::numeric" if bound is None else f"{bound:.2f}"


def _narrowed(how: str, day: str, offset: int | None) -> str:
    return day if offset is None else f"{how}({day}, u.anchor + {offset})"


def _first_of(days: Sequence[tuple[int, str]]) -> str:
    """The earliest of the days of those places that are lacking: of one place its day."""
    if len(days) == 1:
        return days[0][1]
    return f"least({', '.join(f'CASE WHEN lack & {1 << at} <> 0 THEN {day} END' for at, day in days)})"


def _number(value: int | None) -> str:
    return f"{value}::int" if value is not None else "NULL::int"


def _when(when: When) -> str:
    parts = []
    if when.born_from is not None:
        parts.append(f"u.born >= DATE '{when.born_from}'")
    if when.sex is not None:
        parts.append(f"u.sex = {quoted(when.sex)}")
    if when.from_age_months is not None:
        parts.append(f"u.born <= (u.d - interval '{when.from_age_months} months')::date")
    if when.until_age_months is not None:
        parts.append(f"u.born > (u.d - interval '{when.until_age_months + 1} months')::date")
    return " AND ".join(parts)


def array(numbers: Sequence[int]) -> str:
    """Numbers as an SQL array."""
    return f"ARRAY[{', '.join(str(n) for n in numbers)}]::int[]"
