"""What the shape of a standard does not show: concepts nobody knows, windows nothing can fall into."""

from collections.abc import Iterator, Mapping

from services.indicators.compiler.lines import line_of
from services.indicators.compiler.schema import Delivery, Item, Measured, Newborn, Standard
from services.indicators.compiler.windows import impossible
from services.indicators.reading.faults import FileFault, fault

MOST_BITS = 62


def beyond(
    file: str, lines: Mapping[str, int], standard: Standard, concepts: frozenset[str], references: frozenset[str]
) -> Iterator[FileFault]:
    """What the shape alone does not show: unknown concepts, twins, months without a diagnosis, too many items."""

    def wrong(field: str, words_id: str, words_en: str) -> FileFault:
        return fault(file, line_of(lines, field), field, words_id, words_en)

    for n, item in enumerate(standard.item):
        if item.name in {other.name for other in standard.item[:n]}:
            yield wrong(f"item.{n}.name", "sudah dipakai butir lain", "is taken by another item")
        if item.every and getattr(standard.population, "open_condition", None) is None:
            yield wrong(
                f"item.{n}.every",
                "butir bulanan memerlukan population.open_condition",
                "a monthly item needs population.open_condition",
            )
        if item.every and standard.first_month != 1:
            yield wrong(f"item.{n}.every", "hanya bagi tahun kalender", "is for calendar years only")
        if item.part_of in {other.name for other in standard.item if other.part_of}:
            yield wrong(f"item.{n}.part_of", "berputar: butir itu sendiri bagian", "a loop: that item is a part itself")
        for name, words_id, words_en in _misplaced(standard, item):
            yield wrong(f"item.{n}.{name}", words_id, words_en)
        if item.index and not isinstance(standard.population, Measured):
            yield wrong(
                f"item.{n}.index", 'memerlukan population.unit = "measured"', 'needs population.unit "measured"'
            )
    if isinstance(standard.population, Measured) and standard.population.reference not in references:
        name = f"growth.{standard.population.reference}.tsv"
        yield wrong("population.reference", f"berkas {name} tidak ada", f"there is no file {name}")
    for field, concept in _named(standard):
        if concept not in concepts:
            yield wrong(
                field, f"konsep {concept} tidak ada dalam concepts.tsv", f"the concept {concept} is not in concepts.tsv"
            )
    for found in impossible(standard):
        yield wrong(found.field, found.id, found.en)
    right = f"{standard.key}.toml"
    if file != right:
        yield wrong(
            "id", f"menurut id dan set, nama berkas atau alamatnya harus {right}",
            f"by its id and set, the file or its address must be called {right}",
        )  # fmt: skip
    if sum(i.bits for i in standard.items) > MOST_BITS:
        yield wrong("item", "terlalu banyak butir", "too many items")


def _misplaced(standard: Standard, item: Item) -> Iterator[tuple[str, str, str]]:
    """Fields of an item that mean nothing for this kind of unit."""
    if isinstance(standard.population, Delivery):
        for name in ("from_day", "until_day", "every", "doses"):
            if getattr(item, name) is not None:
                yield name, "tidak berlaku bagi persalinan", "means nothing for a delivery"
        if item.window != "unit":
            yield "window", "tidak berlaku bagi persalinan", "means nothing for a delivery"
    elif item.provider_types:
        yield "provider_types", "hanya bagi persalinan", "is for deliveries only"
    if item.timed and not isinstance(standard.population, Newborn):
        yield "from_hour" if item.from_hour is not None else "until_hour", "hanya bagi bayi", "is for newborns only"


def _named(standard: Standard) -> Iterator[tuple[str, str]]:
    """Every concept a standard names, with the field that names it."""
    population = standard.population
    for field, said in population.model_dump().items():
        for concept in said if isinstance(said, list | tuple) else [said]:
            if concept in population.concepts:
                yield f"population.{field}", concept
    for n, item in enumerate(standard.item):
        yield from ((f"item.{n}.{'any_of' if item.any_of else 'all_of'}", c) for c in item.concepts)
        yield from ((f"item.{n}.among", c) for c in item.among)
        for name, concept in (("without", item.without), ("unsaid", item.unsaid)):
            if concept:
                yield f"item.{n}.{name}", concept
