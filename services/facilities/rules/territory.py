"""The territory of a day held against the rule of that day. The rule is dated data, not law written as code."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.facilities.contract import Kind, Level
from services.facilities.contract.territory import (
    Across,
    KecamatanPosts,
    Place,
    Post,
    TerritoryReport,
    TerritoryRule,
)
from services.facilities.rules.cells import Day, Name, YesNo

Count = Annotated[int, Field(ge=0, le=100)]
VILLAGES = frozenset({Level.DESA, Level.KELURAHAN})


class RuleRow(BaseModel):
    """A row of the rule of territory."""

    valid_from: Day
    regulation: Name
    puskesmas_per_kecamatan: Count
    several_allowed: YesNo = True
    pustu_per_desa: Count
    posyandu_per_desa: Count


def report(
    on: date,
    rule: TerritoryRule | None,
    areas: Iterable[Mapping[str, Any]],
    posts: Iterable[Mapping[str, Any]],
    held: Mapping[str, str],
) -> TerritoryReport:
    """Who lacks what on a day. `areas` are those in force, `posts` puskesmas, pustu and posyandu in operation with
    their `parent`, `held` says which puskesmas answers for a village. Without a rule of the day, none is asked for."""
    all_areas, all_posts = list(areas), list(posts)
    names = {a["code"]: Place(code=a["code"], name=a["name"]) for a in all_areas}
    above = {a["code"]: a["parent"] for a in all_areas}
    villages = [a["code"] for a in all_areas if a["level"] in VILLAGES]
    kecamatan = [a["code"] for a in all_areas if a["level"] == Level.KECAMATAN]
    puskesmas = {p["code"]: p for p in all_posts if p["kind"] == Kind.PUSKESMAS}
    inside = {k: [_post(p) for p in puskesmas.values() if above.get(p["village"]) == k] for k in kecamatan}
    least, pustu, posyandu = (
        (rule.puskesmas_per_kecamatan, rule.pustu_per_desa, rule.posyandu_per_desa) if rule else (0, 0, 0)
    )
    serving = {kind: _served(all_posts, kind) for kind in (Kind.PUSTU, Kind.POSYANDU)}
    without = [_with(names[k], found) for k, found in inside.items() if len(found) < least]
    several = [_with(names[k], found) for k, found in inside.items() if len(found) > 1]
    uncovered = [names[v] for v in villages if v not in held]
    return TerritoryReport(
        on=on, rule=rule, kecamatan=len(kecamatan), villages=len(villages),
        met=not without and not uncovered and (rule is None or rule.several_allowed or not several),
        kecamatan_without=without, kecamatan_with_several=several, villages_uncovered=uncovered,
        puskesmas_without_villages=[_post(p) for c, p in puskesmas.items() if c not in held.values()],
        across_kecamatan=_across(puskesmas, held, above, names),
        villages_without_pustu=[names[v] for v in villages if serving[Kind.PUSTU][v] < pustu],
        villages_without_posyandu=[names[v] for v in villages if serving[Kind.POSYANDU][v] < posyandu],
        unlinked=[_post(p) for p in all_posts if p["kind"] != Kind.PUSKESMAS and p["parent"] is None],
    )  # fmt: skip


def _served(posts: Iterable[Mapping[str, Any]], kind: Kind) -> Counter[str]:
    """How many posts of a kind a village has: those that lie there, and the pustu its posyandu hang on."""
    all_posts = list(posts)
    found = {(p["code"], p["village"]) for p in all_posts if p["kind"] == kind}
    if kind is Kind.PUSTU:
        units = {p["code"] for p in all_posts if p["kind"] == Kind.PUSTU}
        found |= {(p["parent"], p["village"]) for p in all_posts if p["parent"] in units}
    return Counter(village for _, village in found)


def _across(
    puskesmas: Mapping[str, Mapping[str, Any]], held: Mapping[str, str], above: Mapping[str, str | None],
    names: Mapping[str, Place],
) -> list[Across]:  # fmt: skip
    reach: dict[str, set[str]] = {}
    for village, code in held.items():
        if (parent := above.get(village)) is not None:
            reach.setdefault(code, set()).add(parent)
    return [
        Across(code=c, name=puskesmas[c]["name"], kecamatan=[names[k] for k in sorted(found) if k in names])
        for c, found in sorted(reach.items())
        if len(found) > 1 and c in puskesmas
    ]


def _with(place: Place, found: list[Post]) -> KecamatanPosts:
    return KecamatanPosts(code=place.code, name=place.name, puskesmas=found)


def _post(row: Mapping[str, Any]) -> Post:
    return Post(code=row["code"], name=row["name"])
