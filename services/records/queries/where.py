"""The conditions of one search as SQL, and their values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.records.params.table import Place
from services.records.params.values import Token

TEXT = "n #>> '{{}}'"
FIRST_CODE = "substr(r.codes[1], strpos(r.codes[1], '|') + 1)"
UNREFERENCED = ("Patient", "Observation", "Condition")
"""Types whose references are not indexed (see migration 0012): the person, the visit and the responsible
organization narrow them. References to a Patient are not indexed either: most name the person."""
REPLACED = "replaced"
"""`resource.status` of a Patient that was merged into another."""


@dataclass(slots=True)
class Where:
    """SQL conditions on one type and their values. Placeholders are numbered from `first`.

    `persons` are the sets of persons a search names: whose record may not be seen is decided for them as a whole,
    whatever else is asked, so that no other condition can be tried out on a hidden record.
    """

    type: str
    first: int = 9
    conditions: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    body: bool = False
    """A condition looks into the body."""
    narrow: bool = False
    """A condition leads through an index to few rows."""
    code: Token | None = None
    """The one code asked for: with nothing narrower, its index gives the newest first."""

    def numbered(self, sql: str, *values: Any) -> str:
        """SQL with its `{0}`, `{1}`… numbered, the values taken up."""
        numbers = [f"${self.first + len(self.values) + i}" for i in range(len(values))]
        self.values.extend(values)
        return sql.format(*numbers)

    def inner(self, type_: str) -> "Where":
        """Conditions on another type inside the same statement."""
        return Where(type_, self.first, values=self.values)

    @property
    def current(self) -> str:
        """What every match is: a present resource of the type. A Patient that was merged into another is read by its
        id only; who looks for the person finds the other."""
        merged = f" AND r.status IS DISTINCT FROM '{REPLACED}'" if self.type == "Patient" else ""
        return f"r.type = '{self.type}' AND NOT r.deleted{merged}"

    def spell_moments(self) -> None:
        """Write the moments asked for into the statement: with nothing narrower, which index serves a span of time
        depends on how long it is, and a plan made for any value cannot know."""
        for n, value in enumerate(self.values):
            if isinstance(value, datetime):
                placeholder = f"${self.first + n}::timestamptz"
                self.conditions = [
                    re.sub(re.escape(placeholder) + r"\b", f"'{value.isoformat()}'::timestamptz", c)
                    for c in self.conditions
                ]
                self.conditions.append(f"{placeholder} IS NOT NULL")


def any_of(options: Sequence[str]) -> str:
    """What a comma means in FHIR."""
    return "(" + " OR ".join(options) + ")" if options else "false"


def at(where: Where, place: Place, test: str, tail: str = "", *, seldom: bool = False) -> str:
    """SQL: some value `n` at a place of the body meets a test. `seldom`: few rows need it, each parses for itself."""
    if not seldom:
        where.body = True
    doc = "r.body::jsonb" if seldom else "d.doc"
    return f"EXISTS (SELECT FROM jsonb_path_query({doc}, '{place.path}{tail}') n WHERE {test})"
