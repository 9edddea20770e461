"""Repairs the few spellings that official SATUSEHAT examples get wrong. Run only when the strict check fails.

What is repaired: blanks (also U+00A0) around codes, systems, addresses and dates; misspelt systems;
"Reference" for "reference"; an empty period start or end; `identifier` and `reasonCode` without their list.
"""

from typing import Any

from services.records import units
from services.records.schema.compiled import definition
from services.records.systems import CANONICAL

_TRIMMED = frozenset(
    """
    code system url reference use status intent priority gender id type unit start end issued authored authoredOn
    recorded recordedDate date birthDate sent received whenPrepared whenHandedOver fullUrl effectiveDateTime
    occurrenceDateTime performedDateTime onsetDateTime valueDateTime valueCode valueUri valueDate questionnaire linkId
    """.split()  # noqa: SIM905 - a page of quotes reads worse
)
_SPELT = frozenset(("system", "url"))
_LISTED = ("identifier", "reasonCode")


def normalise(resource: dict[str, Any]) -> None:
    """Repair a resource in place, contained resources and Bundle entries too."""
    todo: list[dict[str, Any]] = [resource]
    while todo:
        node = todo.pop()
        if "Reference" in node and "reference" not in node and isinstance(node["Reference"], str):
            node["reference"] = node.pop("Reference")
        if isinstance(node.get("resourceType"), str):
            _enlist(node)
        for key, value in list(node.items()):
            if isinstance(value, str):
                _trim(node, key, value)
            elif isinstance(value, dict):
                todo.append(value)
            elif isinstance(value, list):
                todo += [item for item in value if isinstance(item, dict)]


def respell(resource: dict[str, Any]) -> None:
    """Give every system and unit of a valid resource its one spelling, in place. No number is touched."""
    todo: list[Any] = [resource]
    for node in todo:
        for key, value in node.items():
            if type(value) is str:
                if key == "system":
                    node[key] = CANONICAL[value]
            elif type(value) is dict:
                todo.append(value)
            elif type(value) is list:
                todo += [item for item in value if type(item) is dict]
        if units.is_number(node.get("value")):
            units.respell(node)


def _trim(node: dict[str, Any], key: str, value: str) -> None:
    if key in _SPELT:
        node[key] = CANONICAL[value]
    elif key in _TRIMMED:
        trimmed = value.strip()
        if trimmed:
            node[key] = trimmed
        elif key in ("start", "end"):
            del node[key]


def _enlist(resource: dict[str, Any]) -> None:
    """Wrap a lone object where the type wants a list."""
    for key in _LISTED:
        if isinstance(resource.get(key), dict):
            schema = definition(resource["resourceType"]).get("properties", {}).get(key, {})
            if schema.get("type") == "array":
                resource[key] = [resource[key]]
