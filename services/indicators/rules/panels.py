"""What the panels of the clusters hold, as data: `standards/panels.toml`. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.indicators.contract import Counted, TbStep, Words
from services.indicators.rules.policies import Dated

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Years = Annotated[int, Field(ge=0, le=150)]


class Line(BaseModel):
    """One line: a standard (some items of it), what is counted from the record, or a step of the cascade."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    code: Slug
    title: Words
    standard: Slug | None = None
    items: tuple[Slug, ...] = ()
    persons: Counted | None = None
    step: TbStep | None = None
    from_age_years: Years | None = None
    until_age_years: Years | None = None
    windows: tuple[tuple[Years, Years], ...] = ()

    @model_validator(mode="after")
    def _one(self) -> "Line":
        if sum(v is not None for v in (self.standard, self.persons, self.step)) != 1:
            raise ValueError("isi satu dari standard, persons, step / give one of standard, persons, step")
        if self.items and self.standard is None:
            raise ValueError("items: hanya bersama standard / items: only with standard")
        if bool(self.windows) != (self.persons is Counted.POSTNATAL):
            raise ValueError("windows: wajib bersama postnatal, dan hanya itu / windows: with postnatal, and only so")
        if any(first > last for first, last in self.windows):
            raise ValueError("windows: [hari pertama, hari terakhir] / windows: [first day, last day]")
        return self


class Panel(Dated):
    """One cluster's panel from a day on."""

    cluster: Annotated[int, Field(ge=1, le=4)]
    title: Words
    source: Annotated[str, Field(min_length=1)]
    line: Annotated[tuple[Line, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> "Panel":
        codes = [line.code for line in self.line]
        if twice := sorted({c for c in codes if codes.count(c) > 1}):
            raise ValueError(f"line: {', '.join(twice)} dua kali / line: {', '.join(twice)} twice")
        return self


def of_cluster(panels: Sequence[Panel], cluster: int, day: date) -> Panel | None:
    """A cluster's panel in force on a day; before the first, the first."""
    mine = [p for p in panels if p.cluster == cluster]
    begun = [p for p in mine if p.valid_from <= day]
    return max(begun, key=lambda p: p.valid_from) if begun else min(mine, key=lambda p: p.valid_from, default=None)
