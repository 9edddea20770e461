"""Growth references: L, M and S by age and by length, as data files of ours (`standards/growth.<name>.tsv`). Checked.

WHO Child Growth Standards 2006; what the numbers mean: WHO, Methods and development, chapter 7.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from services.indicators.reading.concepts import HERE, table
from services.indicators.reading.faults import BadFile, FileFault, fault

CURVES = ("weight_for_age", "height_for_age", "weight_for_length", "weight_for_height")
SEXES = ("male", "female")
COLUMNS = ("curve", "at", *(f"{sex}_{x}" for sex in SEXES for x in "lms"))


class Point(NamedTuple):
    """One point of a curve: `at` is a day of age, for weight by length or height millimetres."""

    reference: str
    curve: str
    sex: str
    at: int
    l: float  # noqa: E741 - WHO's own letters
    m: float
    s: float


@dataclass(frozen=True, slots=True)
class Growth:
    """All references there are, and what tells whether they have changed."""

    points: Sequence[Point]
    fingerprints: Mapping[str, str]


def load(folders: Sequence[Path] = (HERE,)) -> Growth:
    """Every reference of the folders; a later folder's file replaces one of the same name. Raises BadFile."""
    files = {path.name: path for folder in folders for path in sorted(folder.glob("growth.*.tsv"))}
    points, prints = list[Point](), dict[str, str]()
    for path in files.values():
        name = path.name.removeprefix("growth.").removesuffix(".tsv")
        points += read(path, name)
        prints[name] = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return Growth(points, prints)


def read(path: Path, name: str) -> list[Point]:
    """One file. Raises BadFile with all that is wrong in it."""
    points, faults, last = list[Point](), list[FileFault](), dict[str, int]()
    for row in table(path, COLUMNS):
        curve = row.cells["curve"]
        if curve not in CURVES:
            right = ", ".join(CURVES)
            faults.append(fault(path.name, row.line, "curve", f"salah satu dari {right}", f"one of {right}"))
            continue
        try:
            at = int(row.cells["at"])
            both = [[float(row.cells[f"{sex}_{x}"]) for x in "lms"] for sex in SEXES]
        except ValueError:
            faults.append(fault(path.name, row.line, "-", "harus bilangan", "must be numbers"))
            continue
        if at != last.get(curve, at - 1) + 1:
            faults.append(fault(path.name, row.line, "at", "harus berurutan tanpa sela", "must follow without a gap"))
        if any(l == 0 or m <= 0 or s <= 0 for l, m, s in both):  # noqa: E741
            faults.append(fault(path.name, row.line, "-", "L ≠ 0, M > 0, S > 0", "L ≠ 0, M > 0, S > 0"))
        last[curve] = at
        points += [Point(name, curve, sex, at, *values) for sex, values in zip(SEXES, both, strict=True)]
    if lacking := [c for c in CURVES if c not in last]:
        faults.append(fault(path.name, 1, "curve", f"kurang {', '.join(lacking)}", f"lacks {', '.join(lacking)}"))
    if faults:
        raise BadFile(faults)
    return points
