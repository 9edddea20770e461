"""Two Patients of one person, as FHIR says it: the other is inactive and replaced, the survivor replaces it and takes
over what it lacked. All of it can be taken back. Pure."""

from typing import Any

Json = dict[str, Any]

_OWN = frozenset({"resourceType", "id", "meta", "text", "contained", "active", "link", "identifier", "extension"})
"""What is a Patient's own and never taken over from another."""
_CHOICES = (
    frozenset({"deceasedBoolean", "deceasedDateTime"}),
    frozenset({"multipleBirthBoolean", "multipleBirthInteger"}),
)


def replaced(other: Json, survivor_id: str) -> Json:
    """The other Patient: inactive, replaced by the survivor."""
    said, mine = other.get("link", []), _link(survivor_id, "replaced-by")
    return {**other, "active": False, "link": said if mine in said else [*said, mine]}


def replacing(survivor: Json, other: Json) -> tuple[Json, Json]:
    """The survivor: it replaces the other, has its numbers too, and what it did not say itself.

    The second is what it gained, for `without`.
    """
    numbers = {_number(i) for i in survivor.get("identifier", ())}
    gained = [i for i in other.get("identifier", ()) if _number(i) not in numbers and "#" not in str(i.get("value"))]
    said = {k: v for k, v in other.items() if k not in _OWN and _new_to(survivor, k)}
    joined = {**survivor, **said, "link": [*survivor.get("link", ()), _link(other["id"], "replaces")]}
    if gained:
        joined["identifier"] = [*survivor.get("identifier", ()), *gained]
    return joined, {"identifier": gained, "said": said}


def restored(other: Json, survivor_id: str, active: Any) -> Json:
    """The other Patient as it was: its own `active` (None: it said nothing), no longer replaced."""
    back = {k: v for k, v in other.items() if k != "active" or active is not None}
    return _unlinked(back | ({} if active is None else {"active": active}), survivor_id, "replaced-by")


def without(survivor: Json, other_id: str, gained: Json) -> Json:
    """The survivor without what it gained from the other; what was changed since stays."""
    back = {k: v for k, v in survivor.items() if k not in gained["said"] or v != gained["said"][k]}
    theirs = {_number(i) for i in gained["identifier"]}
    if theirs:
        back["identifier"] = [i for i in back.get("identifier", ()) if _number(i) not in theirs]
        if not back["identifier"]:
            del back["identifier"]
    return _unlinked(back, other_id, "replaces")


def kept(old: Json, new: Json) -> Json:
    """A Patient as its writer says it anew, who need not know of a merge: it goes on replacing the other, with the
    other's numbers."""
    merges = [x for x in old.get("link", ()) if x.get("type") == "replaces" and x not in new.get("link", ())]
    if not merges:
        return new
    said = {_number(i) for i in new.get("identifier", ())}
    numbers = [*new.get("identifier", ()), *(i for i in old.get("identifier", ()) if _number(i) not in said)]
    return {**new, "link": [*new.get("link", ()), *merges]} | ({"identifier": numbers} if numbers else {})


def replaced_by(patient: Json) -> str | None:
    """The Patient id that replaces this one."""
    for link in patient.get("link", ()):
        if link.get("type") == "replaced-by":
            reference: str = (link.get("other") or {}).get("reference") or ""
            return reference.rpartition("/")[2] or None
    return None


def _new_to(survivor: Json, key: str) -> bool:
    if key.startswith("_"):
        return key not in survivor and key[1:] not in survivor
    return not any(k in survivor for k in next((c for c in _CHOICES if key in c), {key}))


def _link(patient_id: str, kind: str) -> Json:
    return {"other": {"reference": f"Patient/{patient_id}"}, "type": kind}


def _unlinked(patient: Json, patient_id: str, kind: str) -> Json:
    kept = [x for x in patient.get("link", ()) if x != _link(patient_id, kind)]
    rest = {k: v for k, v in patient.items() if k != "link"}
    return rest | ({"link": kept} if kept else {})


def _number(identifier: Json) -> tuple[Any, Any]:
    return identifier.get("system"), identifier.get("value")
