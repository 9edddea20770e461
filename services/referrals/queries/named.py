"""Statements with named parameters."""

import re
from typing import Any


class Named:
    """A statement with `:named` parameters, for those too wide to be counted; `values` puts them in order."""

    def __init__(self, sql: str) -> None:
        self._names: list[str] = []
        self.sql = re.sub(r"(?<!:):([a-z_]+)", self._number, sql)

    def _number(self, match: re.Match[str]) -> str:
        if match[1] not in self._names:
            self._names.append(match[1])
        return f"${self._names.index(match[1]) + 1}"

    def values(self, given: dict[str, Any]) -> list[Any]:
        """The parameters in the statement's order."""
        return [given[n] for n in self._names]


_TYPES = {
    **dict.fromkeys(("version", "leg", "rung", "status"), "int"),
    **dict.fromkeys(("asked", "former", "candidates", "step_asked"), "text[]"),
    **dict.fromkeys(("content", "summary", "numbers"), "jsonb"),
    **dict.fromkeys(("valid_until", "follow_up_due"), "date"),
    "non_specialist": "boolean",
}


def typed(names: str) -> str:
    """Columns of a referral and its history as parameters, each with its type: `typed("id, at")`."""
    return ", ".join(f":{n}::{_type(n)}" for n in names.replace(" ", "").split(","))


def _type(name: str) -> str:
    return _TYPES.get(name, "timestamptz" if name == "at" or name.endswith("_at") else "text")
