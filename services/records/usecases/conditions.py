"""Conditional requests and references: a search that stands for the one resource it finds.

Conditions look only at what the sender may see, so that they tell nothing of others' resources; who asks for the same,
or for the same number in another way, waits in turn, so that two conditional creations end in one resource.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import parse_qsl

from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Fault, Invalid, NotFound, PreconditionFailed, Text
from services.kernel.service import Service
from services.records import params
from services.records.fhir import number_named, place_of, query
from services.records.params.query import Wanted
from services.records.queries import search, store
from services.records.usecases.entries import Condition, Entry, placed
from services.records.usecases.registering import Draft, Registry

CONTROLS = ("_format", "_pretty", "_summary", "_elements")
"""Parameters that shape the answer and are no condition."""

_SEVERAL = Text("Syarat cocok dengan lebih dari satu sumber daya", "The condition matches more than one resource")
_TWICE = Text("Dua entry dengan syarat yang sama", "Two entries with the same condition")
_EMPTY = Text(
    "Syarat harus berupa pencarian dengan nilai, misalnya identifier=system|value",
    "The condition must be a search with values, such as identifier=system|value",
)
_OTHER_ID = Text("id di isi bukan id yang cocok dengan syarat", "The id in the body is not the one the condition finds")
_NOBODY = Text(
    "Rujukan bersyarat ini tidak menemukan satu sumber daya pun", "This conditional reference finds no resource"
)
_NONE = Text("Tidak ada yang cocok dengan syarat", "Nothing matches the condition")
_ORDER = ("delete", "create", "upsert", "patch")


def condition(type_: str, query: str | None, pointer: str = "") -> Condition | None:
    """The condition a query states; None without one. Raises Invalid for a search that could mean anything."""
    if not query:
        return None
    items = [(k, v) for k, v in parse_qsl(query.lstrip("?"), keep_blank_values=True) if k not in CONTROLS]
    if not items:
        return None
    try:
        parsed = params.parse(type_, items, page=2, max_page=2, strict=True)
    except Invalid as wrong:
        raise (
            Invalid(wrong.detail, [Fault(pointer, f.text, f.code) for f in wrong.faults]) if pointer else wrong
        ) from None
    if len(parsed.wanted) != len(items) or any(isinstance(w, Wanted) and not w.values for w in parsed.wanted):
        raise Invalid(_EMPTY, [Fault(pointer, _EMPTY, "value")] if pointer else [])
    key = "&".join(sorted(f"{k}={v.strip()}" for k, v in items))
    asked = (v for k, v in items if k.split(":")[0] == "identifier" for v in v.split(","))
    return Condition(f"{type_}?{key}", parsed, tuple(v.strip().rpartition("|")[2] for v in asked))


async def settle(service: Service, actor: Actor, tx: Tx, entries: Iterable[Entry]) -> None:
    """Turn conditional entries into plain ones. Raises PreconditionFailed, NotFound, Invalid."""
    asked = [(e.condition, e) for e in entries if e.condition is not None]
    if not asked:
        return
    await store.take_turns(tx, sorted({turn for c, e in asked for turn in _turns(c, e)}))
    going = {e.id for e in entries if e.verb == "delete" and e.id is not None}
    new: set[str] = set()
    for found, entry in sorted(asked, key=lambda a: _ORDER.index(a[1].verb)):
        matches = await search.matching(tx, actor, service.clock.today(), found.query, 2 + len(going))
        ids = [i for i in matches if i not in going]
        if len(ids) > 1:
            raise PreconditionFailed(_SEVERAL, _faults(entry, _SEVERAL, "multiple-matches"), code="multiple-matches")
        if not ids and found.key in new:
            raise PreconditionFailed(_TWICE, _faults(entry, _TWICE, "duplicate"), code="duplicate")
        if entry.verb == "delete":
            going.update(ids)
        elif not ids:
            new.add(found.key)
        _apply(entry, ids)


def _turns(asked: Condition, entry: Entry) -> Iterator[str]:
    """What two conditional requests may not do at once: ask the same, or ask for or bring the same number."""
    yield asked.key
    brought = entry.resource.get("identifier") or () if entry.resource else ()
    own = [i.get("value") for i in (brought if isinstance(brought, list) else [brought]) if isinstance(i, dict)]
    for number in (*asked.numbers, *own):
        if isinstance(number, str):
            yield f"{entry.type} {number}"


async def link(service: Service, actor: Actor, tx: Tx, drafts: Sequence[Draft], registry: Registry) -> list[Fault]:
    """Let each conditional reference mean the one resource it finds: of the Bundle, or of what the actor may see (a
    Patient named by number: of all persons). The faults of those that find none or several."""
    faults: list[Fault] = []
    here = {(d.entry.type, *pair): d.entry.id for d in drafts for pair in d.extract.identifiers}
    for d in drafts:
        for text in d.extract.queries:
            if text in registry.urns or (asked := query(text)) is None:
                continue
            try:
                target = await _target(service, actor, tx, registry, here, *asked)
            except (Invalid, PreconditionFailed) as wrong:
                faults.append(
                    placed(d.entry, Fault(place_of(d.entry.resource, text, d.entry.type), wrong.detail, "value"))
                )
                continue
            if target is not None:
                registry.urns[text] = f"{asked[0]}/{target}"
            elif text != d.extract.patient:  # whose subject is unknown is told so for that
                faults.append(
                    placed(d.entry, Fault(place_of(d.entry.resource, text, d.entry.type), _NOBODY, "not-found"))
                )
    return faults


Here = Mapping[tuple[str, str, str], str | None]


async def _target(
    service: Service, actor: Actor, tx: Tx, registry: Registry, here: Here, type_: str, asked: str
) -> str | None:
    """The id a conditional reference means. Raises PreconditionFailed when it could be several, Invalid."""
    if type_ == "Patient" and (known := registry.named(number_named(f"Patient?{asked}"))):
        registry.meet(known)
        return known[0]
    wanted = condition(type_, asked)
    if wanted is None:
        raise Invalid(_EMPTY)
    number = number_named(f"Patient?{asked}")
    ids = {i for i in [here.get((type_, *number)) if number else None] if i}
    ids.update(await search.matching(tx, actor, service.clock.today(), wanted.query))
    if len(ids) > 1:
        raise PreconditionFailed(_SEVERAL)
    if ids and type_ == "Patient":
        await registry.meet_id(tx, *ids)
    return ids.pop() if ids else None


def _apply(entry: Entry, ids: Sequence[str]) -> None:
    entry.condition = None
    match entry.verb:
        case "create" if ids:
            entry.verb, entry.id = "keep", ids[0]
        case "upsert" if ids:
            if entry.id not in (None, ids[0]):
                raise Invalid(_OTHER_ID, _faults(entry, _OTHER_ID, "value"))
            entry.id = ids[0]
        case "upsert" if entry.id:
            entry.only_new = True
        case "patch" if not ids:
            raise NotFound(_NONE, _faults(entry, _NONE, "not-found"))
        case "delete" if not ids:
            entry.verb = "nothing"
        case "patch" | "delete":
            entry.id = ids[0]


def _faults(entry: Entry, text: Text, code: str) -> list[Fault]:
    return [Fault(entry.where.removesuffix(".resource") + ".request", text, code)] if entry.where else []
