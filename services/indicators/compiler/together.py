"""What standards say of each other: whose units one counts, beside which service one is shown. No loop is let pass."""

from collections.abc import Iterator, Mapping

from services.indicators.compiler.lines import line_of, lines_of
from services.indicators.compiler.schema import Person, Standard
from services.indicators.reading.faults import BadFile, FileFault, fault

Files = Mapping[str, Standard]
"""By file name."""


def together(files: Files, texts: Mapping[str, str]) -> list[Standard]:
    """The standards, each with the population its `units_of` names put in. Raises BadFile: a loop, or nobody there."""
    faults = [f for name, standard in files.items() for f in _faults(name, standard, files, texts[name])]
    if faults:
        raise BadFile(faults)
    return [_resolved(standard, files) for standard in files.values()]


def _resolved(standard: Standard, files: Files) -> Standard:
    population = standard.population
    other = _meant(standard, files)
    if not isinstance(population, Person) or other is None:
        return standard
    units = _resolved(other, files).population
    return standard.model_copy(update={"population": population.model_copy(update={"units": units})})


def _meant(standard: Standard, files: Files) -> Standard | None:
    """The standard `units_of` means: of the same set, else the one that is computed, else the newest."""
    name = getattr(standard.population, "units_of", None)
    found = [s for s in files.values() if name in (s.id, s.key)]
    return max(found, key=lambda s: (s.set == standard.set, s.active, s.valid_from), default=None)


def _faults(name: str, standard: Standard, files: Files, text: str) -> Iterator[FileFault]:
    lines = lines_of(text)

    def wrong(field: str, words_id: str, words_en: str) -> FileFault:
        return fault(name, line_of(lines, field), field, words_id, words_en)

    if isinstance(standard.population, Person) and standard.population.units_of:
        other = standard.population.units_of
        if _meant(standard, files) is None:
            yield wrong("population.units_of", f"tidak ada standar {other}", f"there is no standard {other}")
        elif chain := _chain(standard, files):
            yield wrong("population.units_of", f"berputar: {chain}", f"a loop: {chain}")
        elif any(_meant(s, files) for s in [_meant(standard, files)] if s):
            yield wrong(
                "population.units_of",
                f"{other} sendiri terdiri dari satuan standar lain",
                f"{other} is itself made of another standard's units",
            )
    if standard.beside is not None:
        beside = [s for s in files.values() if s.id == standard.beside and s.key != standard.key]
        if not beside:
            yield wrong("beside", f"tidak ada layanan {standard.beside}", f"there is no service {standard.beside}")
        elif all(s.beside is not None for s in beside):
            chain = f"{standard.key} → {' → '.join(f'{s.key} → {s.beside}' for s in beside)}"
            yield wrong(
                "beside",
                f"harus menunjuk layanan yang berdiri sendiri: {chain}",
                f"must name a service that stands on its own: {chain}",
            )


def _chain(standard: Standard, files: Files) -> str:
    """The way by which a standard's units are made of its own; empty when they are not."""
    way, at = [standard.key], _meant(standard, files)
    while at is not None and at.key not in way:
        way.append(at.key)
        at = _meant(at, files)
    return " → ".join([*way, at.key]) if at is not None else ""
