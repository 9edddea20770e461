"""From a care standard to SQL: one text for all persons, for touched persons, for any as-of date, for explaining one.

The statement reads facts in four steps: `asked` (who is counted, and what is required of each), `hit` (facts inside
an item's window), `step` (how far each fact brings its item) and `met` (the first fact that completes it). Only the
reading of facts and the last SELECT differ between its uses, so that every answer follows the same rule.

Parameters: $1 years, $2 as-of dates (one each); where persons are chosen $3 their ids.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from services.indicators.compiler.items import Items, array
from services.indicators.compiler.populations import builder, measured, opening, turning
from services.indicators.compiler.schema import Measured, Standard
from services.indicators.compiler.sql import completes, quoted, year_days

DUE = "missing, due_from, due_until"
RESULT = f"year, person_id, unit_id, village, sex, age_band, payer, served_on, month, {DUE}, facilities"
"""Columns of a standing, in the order `result` gives them; `due_from` and `due_until` run parallel to `missing`."""


FACT = """person_id, concept, date, value, value_date, value_code, until, encounter_id, episodes, facility, receipt,
           seq, resource_type, resource_id, posture, absurd, at, hosted, visit_start, visit_until, child_id"""
PERSON = "person_id, birth_date, birth_at, sex, village, dead_on"
"""What the statements know of a fact and of a person."""


class Scope(Enum):
    """Whose facts are read: everybody's where they lie; those of the persons in $3, taken out first; or those that a
    rebuild has copied aside, a range of persons at a time (`copy_facts`, `copy_persons`)."""

    ALL = "all"
    PERSONS = "persons"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Shared:
    """What a rebuild computes once for several standards: z-scores, and the facts they were made of. SELECTs."""

    name: str
    scores: str

    @property
    def facts(self) -> str:
        """The table of the facts."""
        return f"{self.name}_fact"

    def chosen(self) -> str:
        """SELECT of the facts that were chosen, after the scores lie in `name`."""
        of = " UNION ".join(f"SELECT person_id, {m}_id AS resource_id, {m}_seq AS seq FROM {self.name}"
                            for m in ("weight", "height"))  # fmt: skip
        return f"SELECT {FACT} FROM fact_copy JOIN ({of}) o USING (person_id, resource_id, seq)"


class Compiled:
    """One standard as SQL."""

    def __init__(self, standard: Standard, age_bands: Sequence[int]) -> None:
        self.standard, self._bands, self._items = standard, list(age_bands), Items(standard)
        self.shared = self._shared()

    def result(self, scope: Scope) -> str:
        """`WITH … calc AS (…)`: one row per eligible unit, with the columns of RESULT."""
        scored = self.shared.name if self.shared and scope is Scope.COPY else None
        return f"WITH {self._read(scope)},{builder(self.standard, scored)},{self._met()},{self._calc()}"

    def _shared(self) -> Shared | None:
        """What this standard has in common with others of a rebuild; by its text, so that none takes another's."""
        unit = self.standard.population
        if not isinstance(unit, Measured) or len(self._items.graded) < len(self.standard.items):
            return None
        text = f"WITH {self._sources('fact_copy')},{measured.scores(unit)} SELECT * FROM scored"
        return Shared(f"shared_{hashlib.sha256(text.encode()).hexdigest()[:16]}", text)

    def rechecks(self) -> str:
        """After `result(PERSONS)`: person and day, wherever time alone will change something before the year ends."""
        age = "extract(year FROM age(u.d, u.born))::int + 1"
        older = completes("u.born", f"12 * ({age})")
        return "\nUNION ALL\n".join([
            "SELECT person_id, date FROM f WHERE date > (SELECT max(d) FROM period)",
            "SELECT person_id, until FROM f WHERE until > (SELECT max(d) FROM period)",
            "SELECT person_id, dead_on FROM p WHERE dead_on > (SELECT max(d) FROM period)",
            f"SELECT u.person_id, {older} FROM unit u WHERE {age} = ANY ({array(self._bands)})",
            *self._turning(),
        ])  # fmt: skip

    def own_rechecks(self) -> str:
        """After `result(COPY)`: of these days those of this standard alone; `everyones` finds the rest for all."""
        return "\nUNION ALL\n".join(self._turning()) or "SELECT NULL::uuid, NULL::date WHERE false"

    def _turning(self) -> list[str]:
        if turns := self._items.turns():
            own = [f"SELECT u.person_id, {completes('u.born', 'm')} FROM unit u, unnest({array(turns)}) m"]
        else:
            own = []
        return own + turning(self.standard)

    def detail(self) -> str:
        """After `result(PERSONS)`: one row per unit, item and fact that fell into its window (or none)."""
        next_dose, counted = "NULL::date", ""
        if self._items.dosed:
            next_dose, counted = "c.last + c.gap", "LEFT JOIN counted c ON c.n = u.n AND c.bit = b.at"
        return f"""
SELECT u.year, u.unit_id, u.person_id, u.anchor, u.since, u.until, b.name, b.at, m.met_on,
       CASE WHEN m.met_on IS NULL THEN greatest(b.low, {next_dose}) ELSE b.low END AS due_from, b.high AS due_until,
       s.concept, s.date, s.value, s.value_date, s.value_code, s.facility, s.resource_type, s.resource_id, s.receipt
FROM asked u CROSS JOIN LATERAL ({self._items.due()}) b {counted}
LEFT JOIN met m ON m.n = u.n AND m.bit = b.at LEFT JOIN step s ON s.n = u.n AND s.bit = b.at
ORDER BY u.year, u.unit_id, b.at, s.date, s.receipt, s.seq"""

    def lacking(self) -> str:
        """After `result(PERSONS)`: one row per unit and item still missing, with when it is due."""
        return """
SELECT c.year, c.person_id, c.unit_id, m.name, m.due_from, m.due_until
FROM calc c, unnest(c.missing, c.due_from, c.due_until) WITH ORDINALITY m (name, due_from, due_until, at)
ORDER BY c.year, c.unit_id, m.at"""

    def measurements(self) -> str:
        """After `result(PERSONS)`, one row per measured child: measures, z-scores, facilities."""
        return """
SELECT u.year, u.unit_id, u.person_id, coalesce(u.village, '') AS village, u.sex, u.born, u.since AS day, u.age_days,
       u.weight, u.height, u.lying, u.size, u.weight_for_age, u.height_for_age, u.weight_for_height,
       w.facility AS weight_facility, w.resource_id AS weight_id, h.facility AS height_facility,
       h.resource_id AS height_id
FROM asked u JOIN f w ON w.person_id = u.person_id AND w.resource_id = u.weight_id AND w.seq = u.weight_seq
JOIN f h ON h.person_id = u.person_id AND h.resource_id = u.height_id AND h.seq = u.height_seq
ORDER BY u.year, village, u.unit_id"""

    def _read(self, scope: Scope) -> str:
        if scope is Scope.COPY:
            return self._sources(self.shared.facts if self.shared else "fact_copy", "person_copy")
        if scope is Scope.ALL:
            known = "date <= (SELECT max(d) FROM unnest($2::date[]) d)"  # what lies ahead is for rechecks alone
            return self._sources("fact", "person", known)
        return self._sources("fact", "person", mine="person_id = ANY ($3)")

    def _sources(self, facts: str, persons: str = "person_copy", some: str = "true", mine: str = "true") -> str:
        """`period`; `f` of `some` facts and `p`, both of the persons `mine`."""
        concepts = ", ".join(quoted(c) for c in sorted(self.standard.concepts))
        unit, whose = self.standard.population, mine
        believed = "" if isinstance(unit, Measured) else " AND NOT absurd"  # z-scores judge every measure themselves
        if mine == "true" and (opens := opening(unit)):  # few persons, whose facts are read again and again
            these = ", ".join(quoted(c) for c in sorted(opens))
            whose = f"person_id IN (SELECT person_id FROM {facts} WHERE {some} AND concept IN ({these}))"
        elif facts == "fact" and mine == "true" and isinstance(unit, Measured):
            young = f"birth_date > (d - interval '{unit.until_age_months + 1} months')::date"
            whose = f"person_id IN (SELECT person_id FROM {persons} JOIN unnest($2::date[]) d ON {young})"
        first, last = year_days("year", self.standard.first_month)
        if self.standard.within_year:  # nothing older can matter; what lies ahead will
            believed += f" AND date >= (SELECT min({first}) FROM unnest($1::int[]) year)"
        return f"""period AS MATERIALIZED (
    SELECT year, least(d, last) AS d, first, last
    FROM (SELECT year, d, {first} AS first, {last} AS last FROM unnest($1::int[], $2::date[]) q (year, d)) q
), f AS {_kept(whose)} (
    SELECT {FACT} FROM {facts} WHERE {whose} AND {some} AND date IS NOT NULL AND concept IN ({concepts}){believed}
), p AS {_kept(mine)} (
    SELECT {PERSON} FROM {persons} WHERE {mine}
)"""

    def _met(self) -> str:
        """`asked`, `hit`, `step`, `met`."""
        items = self._items
        each, counting = items.each()
        held, held_join, not_held = items.held()
        grades, of_these = items.chosen()
        spanned = items.spanned()
        doses = "LEFT JOIN counted c USING (n, bit)" if items.dosed else ""
        pairs = "WHERE h.part_mask & h.parts = h.parts" if items.paired else ""
        return f"""
asked AS MATERIALIZED (
    SELECT u.*, row_number() OVER () AS n, CASE WHEN fixed IS NULL THEN {items.required()} ELSE 0 END AS required
    FROM unit u
), {items.wants()}{held}, hit AS (
    SELECT u.n, {items.bit()} AS bit, w.part, w.parts, w.need, f.date, f.receipt, f.seq, f.facility, f.value,
           f.value_date, f.value_code, f.concept, f.resource_type, f.resource_id{grades}
    FROM asked u JOIN f USING (person_id) JOIN want w USING (concept) {held_join}
    WHERE {items.inside()}{items.asked()}{not_held}{spanned}{of_these}{items.hosts()}
){items.whole()}{each}{items.counted()}, step AS (
    SELECT h.*, {items.progress()} AS progress FROM {counting} h {doses} {pairs}
), met AS (
    SELECT DISTINCT ON (n, bit) n, bit, date AS met_on, facility, receipt, seq FROM step WHERE progress >= need
    ORDER BY n, bit, date, receipt, seq
)"""

    def _calc(self) -> str:
        names, lows, highs = self._items.missing()
        spacing, spaced = self._items.spacing()
        credited, met, counts = self._items.credited()
        return f"""
{spacing}{credited}done AS (
    SELECT n, bit_or(1::bigint << bit) AS mask, max(met_on) AS last_on,
           array_agg(DISTINCT facility::text) FILTER (WHERE facility <> ''{counts}) AS facilities
    FROM {met} GROUP BY n
), calc AS MATERIALIZED (
    SELECT u.year, u.person_id, u.unit_id, coalesce(u.village, '') AS village, coalesce(u.sex, 'unknown') AS sex,
           {self._band()}::smallint AS age_band,
           coalesce((SELECT status FROM member m WHERE m.person_id = u.person_id AND m.checked_on <= u.d
                     ORDER BY checked_on DESC LIMIT 1), 'unknown') AS payer,
           CASE WHEN s.served THEN x.last_on END AS served_on,
           CASE WHEN NOT s.served THEN -1 WHEN {self._carried()} THEN 0 ELSE {self._month()} END::smallint AS month,
           CASE WHEN s.served THEN '{{}}' WHEN u.fixed IS NULL THEN {names} ELSE u.fixed END AS missing,
           CASE WHEN s.served THEN '{{}}' WHEN u.fixed IS NULL THEN {lows} ELSE s.undue END AS due_from,
           CASE WHEN s.served THEN '{{}}' WHEN u.fixed IS NULL THEN {highs} ELSE s.undue END AS due_until,
           coalesce(x.facilities, '{{}}') AS facilities
    FROM asked u LEFT JOIN done x USING (n) {spaced}
    CROSS JOIN LATERAL (SELECT u.required & ~coalesce(x.mask, 0) AS lack) l
    CROSS JOIN LATERAL (SELECT u.fixed IS NULL AND lack = 0 AS served,
                               array_fill(NULL::date, ARRAY[cardinality(u.fixed)]) AS undue) s
)"""

    def _carried(self) -> str:
        return f"x.last_on < {year_days('u.year', self.standard.first_month)[0]}"

    def _month(self) -> str:
        """Which month of the standard's year the last required item was met in, 1 to 12."""
        month, first = "extract(month FROM x.last_on)", self.standard.first_month
        return month if first == 1 else f"({month} + 12 - {first}) % 12 + 1"

    def _band(self) -> str:
        """The lower end of the unit's age band at the as-of date; -1 when the age is not known."""
        years, bands = "extract(year FROM age(u.d, u.born))::int", array(self._bands)
        return f"CASE WHEN u.born IS NULL OR u.born > u.d THEN -1 ELSE ({bands})[width_bucket({years}, {bands})] END"


def _kept(whose: str) -> str:
    """What few persons have is taken out first; what all have is read where it lies."""
    return "NOT MATERIALIZED" if whose == "true" else "MATERIALIZED"


def everyones_rechecks(bands: Sequence[int]) -> str:
    """Person and day, in ($1, $2]: facts, ends, what JKN says dated ahead, deaths, birthdays that change an age band.

    What `rechecks` says for each standard and its units, found once for everybody: a person too many costs nothing.
    """
    age = "extract(year FROM age($1::date, p.birth_date))::int + 1"
    older = completes("p.birth_date", f"12 * ({age})")
    return f"""
SELECT * FROM (
    SELECT f.person_id, v.day FROM fact f, LATERAL (VALUES (f.date), (f.until)) v (day)
    WHERE f.date > $1::date OR f.until > $1::date
    UNION SELECT m.person_id, m.checked_on FROM member m WHERE m.checked_on > $1::date
    UNION SELECT p.person_id, p.dead_on FROM person p WHERE p.dead_on > $1::date
    UNION SELECT p.person_id, {older} FROM person p WHERE p.birth_date <= $1::date AND {age} = ANY ({array(bands)})
) e (person_id, day) WHERE day > $1::date AND day <= $2::date"""
