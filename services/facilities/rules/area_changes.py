"""Changes of areas: what each does to codes, and what stands in its way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from services.facilities.contract import AreaChanges, Change, ChangeKind, NewArea
from services.facilities.rules.areas import AreaRow
from services.facilities.rules.spans import DAY
from services.kernel.problems import Fault, Text

_ENDS = {
    ChangeKind.SPLIT: (range(1, 2), range(2, 101)),
    ChangeKind.MERGE: (range(2, 101), range(1, 2)),
    ChangeKind.STATUS: (range(1, 2), range(1, 2)),
    ChangeKind.RECODE: (range(1, 2), range(1, 2)),
    ChangeKind.RENAME: (range(1, 2), range(1, 2)),
}
"""How many areas a kind of change takes, and how many it leaves. None left (an area ceases) is a merge into nothing."""


class ChangeRow(BaseModel):
    """A row of area_change."""

    old: str
    new: str
    from_day: date
    kind: str
    regulation: str
    heir: bool
    old_name: str | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes do: areas that begin or have another name, areas that end, who follows whom."""

    begin: list[AreaRow]
    end: list[AreaRow]
    changes: list[ChangeRow]

    @property
    def ended(self) -> list[str]:
        """Codes that end."""
        return [row.code for row in self.end]


def faults(asked: AreaChanges, known: Mapping[str, dict[str, Any]]) -> list[Fault]:
    """What is wrong with the changes by themselves and against the registered areas (`known`)."""
    found: list[Fault] = []
    taken: set[str] = set()
    for n, change in enumerate(asked.changes):
        at = f"/changes/{n}"
        found += _counts(change, at)
        for i, code in enumerate(change.old):
            found += _old(code, asked.from_day, known, f"{at}/old/{i}")
            if code in taken:
                found.append(Fault(f"{at}/old/{i}", Text("sudah berubah di atas", "is changed above already")))
            taken.add(code)
        for i, new in enumerate(change.new):
            found += _new(new, change, asked.from_day, known, f"{at}/new/{i}")
    return found


def effect(asked: AreaChanges, known: Mapping[str, dict[str, Any]]) -> Effect:
    """What the changes do, once `faults` finds none."""
    result = Effect([], [], [])
    for change in asked.changes:
        codes = [new.code for new in change.new]
        for new in change.new:
            before = known.get(new.code)
            if before is None or (before["name"], before["level"]) != (new.name, new.level):
                result.begin.append(_row(new, asked, before))
        for old in change.old:
            if old not in codes:
                result.end.append(AreaRow.model_construct(**(known[old] | {"valid_until": asked.from_day - DAY})))
            heir = old if old in codes else next(iter(codes), None)
            for new in change.new:
                named = known[old]["name"] if new.code == old else None
                if named == new.name:
                    named = None
                result.changes.append(
                    ChangeRow(
                        old=old,
                        new=new.code,
                        from_day=asked.from_day,
                        kind=change.kind,
                        regulation=asked.regulation,
                        heir=heir == new.code != old,
                        old_name=named,
                    )
                )
    return result


def in_the_way(
    asked: AreaChanges,
    done: Effect,
    beneath: Iterable[Mapping[str, Any]],
    standing: Iterable[Mapping[str, Any]],
    catchments: Iterable[Mapping[str, Any]],
    residents: int,
) -> list[Fault]:
    """Why areas cannot end: areas, facilities, catchments or residents that nobody says where to put."""
    found: list[Fault] = []
    for n, change in enumerate(asked.changes):
        gone = [code for code in change.old if code in done.ended]
        at, codes = f"/changes/{n}", {new.code for new in change.new}
        parts = [a["code"] for a in beneath if a["parent"] in gone and a["code"] not in done.ended]
        if parts:
            found.append(Fault(f"{at}/old", Text(
                f"masih punya wilayah di dalamnya: {_some(parts)}; sertakan perubahannya",
                f"still has areas within: {_some(parts)}; give their changes too",
            )))  # fmt: skip
        homeless = [f["code"] for f in standing if f["village"] in gone and change.facilities.get(f["code"]) is None]
        if homeless and len(codes) != 1:
            found.append(Fault(f"{at}/facilities", Text(
                f"masih ada faskes di dalamnya: {_some(homeless)}; sebutkan letak barunya masing-masing",
                f"facilities still stand there: {_some(homeless)}; say where each lies now",
            )))  # fmt: skip
        strange = [f for f, village in change.facilities.items() if village not in codes]
        if strange:
            found.append(Fault(f"{at}/facilities", Text(
                f"letak baru {_some(strange)} harus salah satu wilayah di new",
                f"the new place of {_some(strange)} must be one of new",
            )))  # fmt: skip
        if gone and not codes:
            held = [f"{c['village']} ({c['facility']})" for c in catchments if c["village"] in gone]
            if held:
                found.append(Fault(f"{at}/old", Text(
                    f"masih wilayah kerja: {_some(held)}; akhiri dulu di POST /v1/catchments/ends",
                    f"still in a catchment: {_some(held)}; end it first at POST /v1/catchments/ends",
                )))  # fmt: skip
    if residents:
        found.append(Fault("/changes", Text(
            f"{residents} orang masih tercatat tinggal di wilayah yang berakhir tanpa penerus",
            f"{residents} persons are still registered in areas that end without a successor",
        )))  # fmt: skip
    return found


def _counts(change: Change, at: str) -> list[Fault]:
    takes, leaves = _ENDS[change.kind]
    if not change.new and change.kind is ChangeKind.MERGE:
        return []  # an area that ceases
    found = []
    if len(change.old) not in takes:
        found.append(Fault(f"{at}/old", Text(f"{change.kind} mengubah {_span(takes)} wilayah",
                                             f"a {change.kind} changes {_span(takes)} areas")))  # fmt: skip
    if len(change.new) not in leaves:
        found.append(Fault(f"{at}/new", Text(f"{change.kind} menghasilkan {_span(leaves)} wilayah",
                                             f"a {change.kind} leaves {_span(leaves)} areas")))  # fmt: skip
    codes = [new.code for new in change.new]
    if change.kind is ChangeKind.RENAME and codes != change.old:
        found.append(Fault(f"{at}/new", Text("kodenya tetap sama", "the code stays the same")))
    if change.kind in (ChangeKind.RECODE, ChangeKind.STATUS) and codes == change.old:
        found.append(Fault(f"{at}/new", Text("kodenya harus berganti", "the code must be another")))
    if len(set(codes)) < len(codes):
        found.append(Fault(f"{at}/new", Text("kode berulang", "a code is given twice")))
    return found


def _old(code: str, day: date, known: Mapping[str, dict[str, Any]], at: str) -> list[Fault]:
    area = known.get(code)
    if area is None:
        return [Fault(at, Text("wilayah belum terdaftar", "the area is not registered"))]
    if area["valid_until"] is not None:
        return [Fault(at, Text(f"sudah berakhir {area['valid_until']}", f"ended on {area['valid_until']} already"))]
    if area["valid_from"] is not None and area["valid_from"] >= day:
        return [Fault(at, Text(f"baru mulai {area['valid_from']}", f"begins on {area['valid_from']} only"))]
    return []


def _new(new: NewArea, change: Change, day: date, known: Mapping[str, dict[str, Any]], at: str) -> list[Fault]:
    area = known.get(new.code)
    if area is None or new.code in change.old:
        return []
    if area["valid_until"] is not None and area["valid_until"] < day:
        return [Fault(f"{at}/code", Text("kode lama tidak dipakai lagi", "an ended code is not used again"))]
    if change.kind is not ChangeKind.MERGE:
        return [Fault(f"{at}/code", Text("sudah terdaftar sebagai wilayah lain", "is another area already"))]
    return []


def _row(new: NewArea, asked: AreaChanges, before: dict[str, Any] | None) -> AreaRow:
    parent = new.parent or {4: new.code[:2], 6: new.code[:4], 10: new.code[:6]}.get(len(new.code))
    begins = before["valid_from"] if before else asked.from_day
    return AreaRow.model_construct(
        code=new.code, name=new.name, level=new.level, parent=parent, valid_from=begins, valid_until=None,
        regulation=asked.regulation,
    )  # fmt: skip


def _some(codes: Sequence[str]) -> str:
    return ", ".join(codes[:10]) + (f" (+{len(codes) - 10})" if len(codes) > 10 else "")


def _span(counts: range) -> str:
    return str(counts.start) if len(counts) == 1 else f">= {counts.start}"
