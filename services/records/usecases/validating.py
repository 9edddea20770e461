"""Checking without storing: what `write` would refuse, said all at once."""

import copy
from typing import Any

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Fault, Problem, Text
from services.kernel.service import Service
from services.records.usecases import writing
from services.records.usecases.entries import Entry, Outcome

MODES = ("create", "update", "delete", "profile")
_MODE = Text(f"mode harus salah satu dari {', '.join(MODES)}", f"mode must be one of {', '.join(MODES)}")
_NOTHING = Text("Sertakan sumber daya yang diperiksa", "Send the resource to check")
_OTHER_ID = Text("id di isi harus sama dengan id di alamat", "The id in the body must be the one in the address")
_NO_ID = Text("Sebutkan id di alamat", "State the id in the address")


class _Undone(Exception):  # noqa: N818 - it is no error: all is well, and nothing is to be kept
    """Takes a trial back."""


async def validate(
    service: Service, actor: Actor, type_: str, id_: str | None, resource: Any, mode: str
) -> list[Fault]:
    """Everything `write` would say of storing it; nothing is stored. A refusal is logged as for a real one."""
    if mode not in MODES:
        return [Fault("mode", _MODE, "value")]
    if mode == "delete":
        if id_ is None:
            return [Fault(f"{type_}.id", _NO_ID, "required")]
        entry = Entry("delete", type_, id=id_)
    elif not isinstance(resource, dict):
        return [Fault(type_, _NOTHING, "required")]
    elif id_ is not None and resource.get("id", id_) != id_:
        return [Fault(f"{type_}.id", _OTHER_ID, "value")]
    else:
        entry = _wish(type_, id_, resource)

    known: set[str] = set()

    async def undo(_: Tx, outcomes: list[Outcome]) -> None:
        known.update(o.person_id for o in outcomes if o.person_id and (o.type, o.status) != ("Patient", 201))
        raise _Undone

    try:
        await writing.write(service, actor, lambda: [copy.deepcopy(entry)], also=undo)
    except _Undone:  # that these persons are in the record has been told
        what, refs = f"{type_}/$validate", [f"{type_}/{id_}"] if id_ else []
        async with service.db.reading() as conn:
            await access.log(conn, [Access(actor, p, "read", what, "allowed", refs) for p in sorted(known)])
        service.db.signal()
        return []
    except Problem as wrong:
        return wrong.faults or [Fault(f"{type_}" if mode == "create" else f"{type_}.id", wrong.detail, wrong.code)]
    return []


def _wish(type_: str, id_: str | None, resource: dict[str, Any]) -> Entry:
    if id_ is None:
        resource.pop("id", None)
        return Entry("create", type_, resource)
    return Entry("upsert", type_, resource, id_)
