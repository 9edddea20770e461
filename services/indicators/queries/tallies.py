"""The tallies: sums over standings that dashboards read, each said once.

From what is said here come the difference that keeps them (`put`), what they ought to be (`rows` over standings) and
what is forgotten with a generation. `tally_residence`, `tally_missing` and `tally_contribution` are the finest; the
others sum them up once more, so that the whole district is read from few rows however many people live there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

BY_VILLAGE, BY_GROUP = 1, 2
"""`cut` of a sum: by village alone, or by sex, age band and payer alone."""
MONTHS = tuple(f"m{m}" for m in range(13))
"""Columns of units served, by month of served_on; m0 is carried in."""
UNITS = (("units", "sum(sign)"),)
_CELL = ("village", "sex", "age_band", "payer")
_CUTS = (
    {"cut": str(BY_VILLAGE), "village": "village", "sex": "''", "age_band": "0", "payer": "''"},
    {"cut": str(BY_GROUP), "village": "''", "sex": "sex", "age_band": "age_band", "payer": "payer"},
)
_WIDE = (
    ("unserved", "coalesce(sum(sign) FILTER (WHERE month < 0), 0)"),
    *((name, f"coalesce(sum(sign) FILTER (WHERE month = {m}), 0)") for m, name in enumerate(MONTHS)),
)

_SERVED = (*UNITS, ("served", "coalesce(sum(sign) FILTER (WHERE month >= 0), 0)"))


@dataclass(frozen=True, slots=True)
class Tally:
    """One table: its key after generation, standard and year, its sums, and how rows of standings become its rows.

    Its source has the columns of a standing and `sign` (1, or -1 for what is taken away); or it is summed up from the
    rows of another tally (`of`). `parts`: each a key by column.
    """

    table: str
    parts: Sequence[dict[str, str]]
    sums: Sequence[tuple[str, str]] = UNITS
    also: str = ""
    only: str = "true"
    of: "Tally | None" = None

    @property
    def key(self) -> tuple[str, ...]:
        """Columns of the key."""
        return tuple(self.parts[0])

    @property
    def columns(self) -> str:
        """All columns after generation, standard and year."""
        return ", ".join((*self.key, *(name for name, _ in self.sums)))

    def rows(self, source: str, lead: str = "year") -> str:
        """SELECT of `lead` (year, or standard and year), the key and the sums."""
        return " UNION ALL ".join(self._rows(source, lead, part) for part in self.parts)

    def _rows(self, source: str, lead: str, part: dict[str, str]) -> str:
        keys = ", ".join(f"{said} AS {name}" if said != name else said for name, said in part.items())
        sums = ", ".join(f"{said} AS {name}" for name, said in self.sums)
        groups = ", ".join((lead, *(name for name, said in part.items() if said == name)))
        some = "" if len(self.sums) > 1 else " HAVING sum(sign) <> 0"
        return f"SELECT {lead}, {keys}, {sums} FROM {source}{self.also} WHERE {self.only} GROUP BY {groups}{some}"

    def put(self, rows: str, generation: str, standard: str) -> str:
        """INSERT that adds the rows of a relation to what is there."""
        added = ", ".join(f"{name} = t.{name} + excluded.{name}" for name, _ in self.sums)
        return f"""INSERT INTO {self.table} AS t (generation, standard, year, {self.columns})
    SELECT {generation}, {standard}, * FROM {rows}
    ON CONFLICT (generation, standard, year, {", ".join(self.key)}) DO UPDATE SET {added}"""

    def differences(self, standings: str, generation: str) -> str:
        """SELECT (what, tally, row): rows that are not the sums over `standings` (a relation with `sign`)."""
        lead, every = "standard, year", f"standard, year, {self.columns}"
        source = f"(SELECT *, units AS sign FROM ({self.of.rows(standings, lead)}) o) s" if self.of else standings
        kept = f"SELECT {every} FROM {self.table} WHERE generation = {generation}"
        some = " OR ".join(f"{name} <> 0" for name, _ in self.sums)
        ought = f"SELECT {every} FROM ({self.rows(source, lead)}) o"
        return f"""
    SELECT 'lacking' AS what, '{self.table}' AS tally, to_jsonb(d) AS row FROM ({ought} EXCEPT {kept}) d
    UNION ALL
    SELECT 'surplus', '{self.table}', to_jsonb(d) FROM ({kept} AND ({some}) EXCEPT {ought}) d"""


RESIDENCE = Tally("tally_residence", [{c: c for c in (*_CELL, "month")}])
MISSING = Tally("tally_missing", [{c: c for c in (*_CELL, "item")}], also=", unnest(missing) item")
TALLIES = (
    RESIDENCE,
    MISSING,
    Tally("tally_contribution", [{c: c for c in ("facilities", "village", "month")}], only="facilities <> '{}'"),
    Tally("tally_months", _CUTS, _WIDE, of=RESIDENCE),
    Tally("tally_lacking", [cut | {"item": "item"} for cut in _CUTS], of=MISSING),
    Tally("tally_payer", [{c: c for c in ("facilities", "village", "payer")}], _SERVED),
)
TABLES = tuple(t.table for t in TALLIES)


def puts(source: str, generation: str, standard: str) -> str:
    """CTEs that add to every tally what a relation of standings with `sign` says."""
    ctes = list[str]()
    for tally in TALLIES:
        whence = f"(SELECT *, units AS sign FROM {tally.of.table}_rows) s" if tally.of else source
        rows = f"{tally.table}_rows"
        ctes.append(f"{rows} AS MATERIALIZED ({tally.rows(whence)})")
        ctes.append(f"{tally.table}_put AS ({tally.put(rows, generation, standard)})")
    return ", ".join(ctes)
