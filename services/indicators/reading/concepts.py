"""From FHIR codings to concepts: `standards/concepts.tsv` with its systems and units, checked and made quick to ask.

Codes of the Ministry of Health (KFA, clinical-term, episodeofcare), LOINC, SNOMED CT, ICD-10, CVX.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from services.indicators.reading.faults import BadFile, FileFault, fault
from services.kernel.problems import Text

HERE = Path(__file__).parent.parent / "standards"
COLUMNS = ("concept", "resource", "element", "system", "code", "unit", "unless", "posture", "note")
POSTURES = ("", "lying", "standing")
ELEMENTS = {
    "Observation": ("code", "value"),
    "Condition": ("code",),
    "Procedure": ("code",),
    "DiagnosticReport": ("code",),
    "Immunization": ("vaccineCode",),
    "MedicationDispense": ("medication",),
    "QuestionnaireResponse": ("questionnaire",),
    "Encounter": ("identifier", "episodeOfCare", "class"),
    "EpisodeOfCare": ("type",),
}
DATE, OWN_DATE = "date", "own-date"
ROOM = 50_000


class Rule(NamedTuple):
    """What one matching coding says: the concept, the unit its value is kept in, and what forbids it."""

    concept: str
    unit: str
    unless: str
    posture: str = ""


class Bound(NamedTuple):
    """Between which values a measure can be true, and on which clinical days that holds."""

    low: float
    high: float
    since: date
    until: date


class Row(NamedTuple):
    """One line of a tab-separated file, with its number."""

    line: int
    cells: Mapping[str, str]


@dataclass(slots=True)
class Concepts:
    """All concepts. `rules` is asked for every coding of every event and remembers what it found."""

    names: frozenset[str]
    episodes: Mapping[str, str]
    """For a visit inside an episode: the episode's concept → the concept the visit then is."""
    classes: Mapping[str, tuple[str, ...]]
    """Observation concepts whose coded value is classed (delivery_place → its classes)."""
    _systems: Mapping[str, str]
    _exact: Mapping[tuple[str, str, str], tuple[Rule, ...]]
    _prefix: Mapping[tuple[str, str], tuple[tuple[str, Rule], ...]]
    _units: Mapping[tuple[str, str, str], float]
    _bounds: Mapping[tuple[str, str], tuple[Bound, ...]]
    _known: dict[tuple[str, str, str], tuple[Rule, ...]] = field(default_factory=dict)

    def rules(self, element: str, system: str, code: str) -> tuple[Rule, ...]:
        """The rules a coding meets in an element ("Observation.code"), as the system is spelled in the message."""
        key = (element, system, code)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= ROOM:
                self._known.clear()
            found = self._known[key] = self._search(element, system, code)
        return found

    def _search(self, element: str, system: str, code: str) -> tuple[Rule, ...]:
        short = self._systems.get(_plain(system))
        if short is None:
            return ()
        tidy = code.strip()
        exact = self._exact.get((element, short, tidy), ())
        starts = self._prefix.get((element, short), ())
        return exact + tuple(rule for prefix, rule in starts if tidy.startswith(prefix))

    def factor(self, concept: str, to: str, unit: str) -> float | None:
        """What a value in `unit` is multiplied by to be in the concept's own unit; None when nobody knows."""
        return self._units.get((to, unit, concept)) or self._units.get((to, unit, ""))

    def absurd(self, concept: str, unit: str, value: float, day: date) -> bool:
        """Whether no living person can have this value, by the bounds that hold on a day."""
        bounds = self._bounds.get((concept, unit), ())
        return any(b.since <= day <= b.until and not b.low <= value <= b.high for b in bounds)


def _plain(uri: str) -> str:
    """A system's address without what senders vary: case, scheme, blanks, closing slash."""
    bare = uri.strip().lower().rstrip("/")
    return bare.removeprefix("https://").removeprefix("http://")


def table(path: Path, columns: tuple[str, ...], younger: str = "") -> Iterator[Row]:
    """The lines of a tab-separated file with a header line; older files may lack the `younger` column.

    Raises BadFile for a wrong header or a broken line.
    """
    header: list[str] | None = None
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not raw.strip() or raw.startswith("#"):
            continue
        cells = raw.split("\t")
        if header is None:
            if tuple(cells) not in (columns, tuple(c for c in columns if c != younger)):
                right = " | ".join(columns)
                wrong = fault(
                    path.name, number, "header", f"baris judul harus: {right}", f"the header must be: {right}"
                )
                raise BadFile([wrong])
            header = cells
        elif len(cells) > len(header):
            found, right = len(cells), str(len(header))
            wrong = fault(
                path.name, number, "-", f"ada {found} kolom, seharusnya {right}", f"{found} columns instead of {right}"
            )
            raise BadFile([wrong])
        else:
            cells += [""] * (len(header) - len(cells))
            yield Row(number, {name: cell.strip() for name, cell in zip(header, cells, strict=True)})


def load(folder: Path = HERE) -> Concepts:
    """Read concepts, systems and units from a folder. Raises BadFile naming every line that is wrong."""
    systems = {_plain(r.cells["uri"]): r.cells["name"] for r in table(folder / "systems.tsv", ("name", "uri"))}
    units = {
        (r.cells["to"], r.cells["from"], r.cells["concept"]): _number(folder / "units.tsv", r)
        for r in table(folder / "units.tsv", ("to", "from", "factor", "concept"))
    }
    rows = list(table(folder / "concepts.tsv", COLUMNS, younger="posture"))
    bounds = _bounds(beside(folder, "bounds.tsv"), {r.cells["concept"] for r in rows})
    faults = [f for row in rows for f in _faults(row, set(systems.values()), {r.cells["concept"] for r in rows}, units)]
    if faults:
        raise BadFile(faults)
    return _compiled(rows, systems, units, bounds)


def beside(folder: Path, name: str) -> Path:
    """A file of this folder, or ours where it has none of the name."""
    return folder / name if (folder / name).exists() else HERE / name


def _bounds(path: Path, names: set[str]) -> dict[tuple[str, str], tuple[Bound, ...]]:
    """bounds.tsv. Raises BadFile with every line that is wrong."""
    found, faults = dict[tuple[str, str], tuple[Bound, ...]](), list[FileFault]()
    for row in table(path, ("concept", "unit", "low", "high", "valid_from", "valid_until", "note")):
        c = row.cells
        if c["concept"] not in names:
            faults.append(
                fault(path.name, row.line, "concept", "tidak ada dalam concepts.tsv", "is not in concepts.tsv")
            )
        try:
            since, until = (date.fromisoformat(c[n]) if c[n] else end for n, end in _ALWAYS)
            bound = Bound(float(c["low"]), float(c["high"]), since, until)
        except ValueError:
            words = "low dan high bilangan, tanggal YYYY-MM-DD", "low and high numbers, dates YYYY-MM-DD"
            faults.append(fault(path.name, row.line, "-", *words))
            continue
        if bound.low >= bound.high:
            faults.append(fault(path.name, row.line, "high", "harus lebih dari low", "must be more than low"))
        key = (c["concept"], c["unit"])
        found[key] = (*found.get(key, ()), bound)
    if faults:
        raise BadFile(faults)
    return found


_ALWAYS = (("valid_from", date.min), ("valid_until", date.max))


def _number(path: Path, row: Row) -> float:
    try:
        return float(row.cells["factor"])
    except ValueError:
        wrong = fault(
            path.name, row.line, "factor", "harus bilangan, misalnya 0.001", "must be a number, such as 0.001"
        )
        raise BadFile([wrong]) from None


def _faults(
    row: Row, systems: set[str], names: set[str], units: Mapping[tuple[str, str, str], float]
) -> list[FileFault]:
    """All that is wrong with one line of concepts.tsv."""
    c, found = row.cells, list[tuple[str, Text]]()
    if not c["concept"]:
        found.append(("concept", Text("wajib diisi", "is required")))
    if c["element"] not in ELEMENTS.get(c["resource"], ()):
        right = ", ".join(f"{r}.{e}" for r, es in ELEMENTS.items() for e in es)
        found.append(("element", Text(f"harus salah satu dari {right}", f"must be one of {right}")))
    if c["element"] == "episodeOfCare":
        if c["code"] not in names:
            found.append(("code", Text("harus nama konsep dalam berkas ini", "must be a concept of this file")))
    elif c["system"] not in systems:
        found.append(("system", Text("tidak ada dalam systems.tsv", "is not in systems.tsv")))
    if not c["code"]:
        found.append(("code", Text("wajib diisi; * untuk semua kode", "is required; * for any code")))
    if c["unit"] and c["unit"] not in (DATE, OWN_DATE) and c["unit"] not in {to for to, _, _ in units}:
        found.append(("unit", Text("tidak ada di kolom to dalam units.tsv", "is not in column to of units.tsv")))
    if c["unless"] and c["unless"] not in names:
        found.append(("unless", Text("harus nama konsep dalam berkas ini", "must be a concept of this file")))
    if c.get("posture", "") not in POSTURES:
        found.append(("posture", Text("lying, standing, atau kosong", "lying, standing or empty")))
    if c["element"] == "value" and c["concept"].partition(":")[0] not in names:
        found.append(("concept", Text("harus konsep-observasi:golongan", "must be observation-concept:class")))
    return [FileFault("concepts.tsv", row.line, name, text) for name, text in found]


def _compiled(
    rows: list[Row], systems: Mapping[str, str], units: Mapping[tuple[str, str, str], float],
    bounds: Mapping[tuple[str, str], tuple[Bound, ...]],
) -> Concepts:  # fmt: skip
    exact: dict[tuple[str, str, str], tuple[Rule, ...]] = {}
    prefix: dict[tuple[str, str], tuple[tuple[str, Rule], ...]] = {}
    episodes, classes = dict[str, str](), dict[str, tuple[str, ...]]()
    for c in (r.cells for r in rows):
        rule, element = (
            Rule(c["concept"], c["unit"], c["unless"], c.get("posture", "")),
            f"{c['resource']}.{c['element']}",
        )
        if c["element"] == "episodeOfCare":
            episodes[c["code"]] = c["concept"]
            continue
        if c["element"] == "value":
            base = c["concept"].partition(":")[0]
            classes[base] = tuple(dict.fromkeys((*classes.get(base, ()), c["concept"])))
        if c["code"].endswith("*"):
            key = (element, c["system"])
            prefix[key] = (*prefix.get(key, ()), (c["code"][:-1], rule))
        else:
            full = (element, c["system"], c["code"])
            exact[full] = (*exact.get(full, ()), rule)
    return Concepts(
        names=frozenset(r.cells["concept"] for r in rows), episodes=episodes, classes=classes,
        _systems=systems, _exact=exact, _prefix=prefix, _units=units, _bounds=bounds,
    )  # fmt: skip
