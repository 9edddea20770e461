"""What may be done with a row of a compared list, and the row of ours that it makes."""

from collections.abc import Mapping
from typing import Any

from services.facilities.contract import Kind, Ownership
from services.facilities.contract.reconciling import Decision, Found
from services.facilities.rules.differing import cells
from services.facilities.rules.facilities import FacilityRow
from services.kernel.problems import Text

D = Decision
ABLE: Mapping[Found, tuple[Decision, ...]] = {
    Found.SAME: (D.SAME, D.KEEP),
    Found.CHANGED: (D.TAKE, D.KEEP, D.SAME, D.DIFFERENT, D.CREATE),
    Found.PROBABLE: (D.SAME, D.TAKE, D.DIFFERENT, D.CREATE, D.KEEP),
    Found.NEW: (D.CREATE, D.SAME, D.KEEP),
    Found.GONE: (D.CLOSE, D.KEEP),
    Found.REFUSED: (D.KEEP,),
}
"""Decisions by what was found."""
_PAIRS = {"latitude": "longitude", "longitude": "latitude"}
_CODES = ("code", "registration", "satusehat_id", "bpjs_code")
_OWNERS = {
    **dict.fromkeys((Kind.PUSKESMAS, Kind.PUSTU, Kind.POSYANDU), Ownership.PUBLIC),
    **dict.fromkeys((Kind.TPMD, Kind.TPMB, Kind.DENTIST), Ownership.PRIVATE),
}


def fault(found: Found, decision: Decision) -> Text | None:
    """Why a decision does not fit what was found, and which do."""
    if decision in ABLE[found]:
        return None
    able = ", ".join(ABLE[found])
    return Text(f"{decision} tidak cocok untuk {found}; yang cocok: {able}", f"{decision} does not fit {found}: {able}")


def taken(ours: Mapping[str, Any], theirs: Mapping[str, str], fields: list[str]) -> tuple[dict[str, str], set[str]]:
    """Our row with some of their cells, and the columns given; a coordinate brings the other along."""
    chosen = {*fields, *(_PAIRS[f] for f in fields if f in _PAIRS)} & {*theirs}
    return {**cells(FacilityRow, ours), **{f: theirs[f] for f in chosen}}, {*chosen, "code"}


def created(theirs: Mapping[str, str], values: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    """A new row of ours from their cells and what a human adds. Without a code of ours it is known by its first code;
    who owns it follows from its kind where that is certain."""
    whole = {c: v for c, v in {**theirs, **values}.items() if v and c in FacilityRow.model_fields}
    if "code" not in whole and (code := next((whole[c] for c in _CODES if whole.get(c)), None)):
        whole["code"] = code
    if "ownership" not in whole and (owner := _OWNERS.get(whole.get("kind", ""))):  # type: ignore[call-overload]
        whole["ownership"] = owner
    return whole, set(whole)


def restored(was: Mapping[str, Any]) -> tuple[dict[str, str], set[str]]:
    """Our row as a version of it was, from today on; what was not known of it then stays as it is."""
    said = {c: v for c, v in cells(FacilityRow, was).items() if c != "valid_from"}
    return said, set(said)


def closed(ours: Mapping[str, Any]) -> tuple[dict[str, str], set[str]]:
    """Our row, out of operation."""
    return {**cells(FacilityRow, ours), "active": "tidak"}, {"code", "active"}
