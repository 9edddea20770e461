"""A wish to store one resource, what became of it, and everything wrong with it that needs no look into the record."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.ids import nik_fault
from services.kernel.problems import Fault, Text
from services.records import params, rules
from services.records.fhir import Extract, local, number_named
from services.records.validation import admit, check_dates


@dataclass(frozen=True, slots=True)
class Condition:
    """A search for one resource of a type. `key` is equal for equal conditions, however they were written; `numbers`
    are the values of identifiers it asks for, with whatever else."""

    key: str
    query: params.Query
    numbers: tuple[str, ...] = ()


class Entered(Exception):  # noqa: N818 - a turn of events: somebody was quicker
    """A person who was to be entered by a number alone stands already."""


@dataclass(slots=True)
class Entry:
    """One wish: create, upsert (PUT), patch or delete one resource. `where` prefixes the pointers of its faults."""

    verb: str
    type: str
    resource: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
    urn: str | None = None
    where: str = ""
    patch: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    if_match: frozenset[str] | None = None
    """Versions of which the present one must be one ("*": any)."""
    only_new: bool = False
    """Nothing may stand under its id yet (If-None-Match: *)."""
    condition: Condition | None = None
    """The search that stands for the resource, of a conditional request."""
    fresh: bool = False
    """Its id is made here, so nothing can stand under it yet."""
    client: str | None = None
    """The facility in whose name it is written (the actor's, but for imports of the district's office)."""
    unique: bool = False
    """The facility's own numbers on it stand on one resource only: a second creation is refused as a duplicate."""
    once: bool = False
    """May be sent again as it is, but not with another content."""
    entered: bool = False
    """A person of whom nothing is known but a number; whoever stands under it is not changed (raises Entered)."""
    decided: bool = False
    """Its owner has decided it, so it may be stored over what the owner's projection wrote."""


@dataclass(slots=True)
class Outcome:
    """What became of an entry: HTTP status, and the stored version as it lies."""

    status: int
    type: str
    id: str
    version: int
    updated_at: datetime
    body: str
    person_id: str | None = None
    kept: bool = False
    """Nothing changed: the version is the one that was there."""
    doubts: Sequence[Fault] = ()
    """What of a registration should be looked at again; nothing was refused for it."""

    @property
    def etag(self) -> str:
        """Weak ETag of the version."""
        return f'W/"{self.version}"'


MakeEntries = Callable[[], list[Entry]]
"""Builds the entries afresh: storing rewrites them in place, and a lost race starts over."""
Also = Callable[[Tx, list[Outcome]], Awaitable[None]]
"""More to do in the transaction that stored them."""


MEND = Text(
    "Kiriman ditolak; tidak ada yang disimpan. Perbaiki elemen berikut", "Refused, nothing stored. Mend these elements"
)


_NIK_AS_ID = Text(
    "NIK bukan id: id tampak di alamat dan jejak. Kirim NIK sebagai identifier",
    "A NIK is no id: ids show in addresses and logs. Send the NIK as an identifier",
)


def examine(entries: Sequence[Entry], now: datetime) -> list[Fault]:
    """Every fault of every entry that can be seen without looking into the record."""
    faults: list[Fault] = []
    for entry in entries:
        if entry.verb in ("create", "upsert"):
            faults += [placed(entry, f) for f in examine_one(entry.resource, entry.type, now)]
            if isinstance(entry.id, str) and nik_fault(entry.id) is None:
                faults.append(placed(entry, Fault(f"{entry.type}.id", _NIK_AS_ID, "value")))
    return faults


def examine_one(resource: dict[str, Any], type_: str, now: datetime) -> list[Fault]:
    """Faults of one resource: schema, bindings, dates in the future, numbers of identity, a missing patient."""
    if resource.get("resourceType") != type_:
        said = Text(f"resourceType harus {type_}", f"resourceType must be {type_}")
        return [Fault(f"{type_}.resourceType", said, "invalid")]
    issues = admit(resource) or check_dates(resource, now)
    faults = [Fault(i.expression, i.text, i.code) for i in issues]
    if type_ == "Patient" and not faults:
        faults += rules.identity(resource)[1]
    return faults


def placed(entry: Entry, fault: Fault) -> Fault:
    if not entry.where:
        return fault
    return Fault(re.sub(r"^\w+", lambda _: entry.where, fault.pointer, count=1), fault.text, fault.code)


def patient_named(extracted: Extract, urns: Mapping[str, str] | None = None) -> str | tuple[str, str] | None:
    """How a resource names its patient: a Patient id, an identifier (system, value), or None."""
    if extracted.patient_identifier is not None:
        return extracted.patient_identifier
    reference = extracted.patient
    if reference is None:
        return None
    reference = (urns or {}).get(reference, reference)
    if "?" in reference:
        return number_named(reference)
    target = local(reference)
    return target[1] if target is not None else None


def addresses(entry: Entry) -> list[str]:
    """What the other entries of its Bundle may call the resource of an entry: its fullUrl, and of an entry that gets a
    new id also the old one."""
    if not entry.urn:
        return []
    target = None if entry.urn.startswith("urn:") else _ADDRESS.search(entry.urn)
    return [entry.urn, target[0]] if target and target[0].startswith(entry.type + "/") else [entry.urn]


_ADDRESS = re.compile(r"(?<![^/])[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}$")


def client_of(entry: Entry, actor: Actor) -> str | None:
    """The facility in whose name an entry is written."""
    return entry.client or actor.facility


def id_of(reference: str | None) -> str | None:
    """The id a literal reference names, when it is one of this record."""
    target = local(reference) if reference else None
    return target[1] if target is not None else None
