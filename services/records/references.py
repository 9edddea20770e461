"""References inside a resource: which they are, and the `urn:uuid:` ones of a transaction resolved."""

from collections.abc import Mapping
from typing import Any

Resource = dict[str, Any]
OUR_PATH = "/fhir-r4/v1/"  # an absolute address under this path (ours, or SATUSEHAT's own) means the same record


def local(reference: str) -> tuple[str, str] | None:
    """("Patient", "123") of a literal reference to this record; None for `#…`, `urn:…`, queries, other servers."""
    kind, _, rest = reference.partition("/")
    if not kind.isalpha():
        _, found, rest = reference.partition(OUR_PATH)
        if not found:
            return None
        kind, _, rest = rest.partition("/")
        if not kind.isalpha():
            return None
    if "/" in rest:
        rest, _, version = rest.partition("/")
        if not version.startswith("_history/"):
            return None
    if not rest or "?" in rest or "|" in rest:
        return None
    return kind, rest


def walked(resource: Resource) -> tuple[list[tuple[str, str]], list[Any]]:
    """Every reference in the body to another resource of this record, once each, in order of appearance; and every
    coding, wherever it stands."""
    found: dict[str, None] = {}
    codings: list[Any] = []
    nodes = [resource]
    for node in nodes:  # grows while it is read
        for key, value in node.items():
            kind = type(value)
            if kind is str:
                if key == "reference":
                    found[value] = None
            elif kind is list:
                if key == "coding":  # a coding holds no reference, and most nodes are codings
                    codings.extend(value)
                else:
                    nodes.extend([item for item in value if type(item) is dict])
            elif kind is dict:
                if key == "valueCoding":
                    codings.append(value)
                else:
                    nodes.append(value)
    targets = dict.fromkeys([local(text) for text in found])
    return [target for target in targets if target is not None], codings


def resolve_urns(resource: Resource, mapping: Mapping[str, str]) -> list[str]:
    """Replace, in place and at every depth, each `urn:…` of `mapping` by its "Type/id".

    Covers references (also in contained resources and `valueReference`), uri and canonical values, and a
    Reference that names its target only by `identifier`. Returns the `urn:` references left unresolved.
    A resource's own business identifiers are left alone, even when they repeat a fullUrl.
    """
    unresolved: dict[str, None] = {}
    nodes = [resource]
    for node in nodes:
        for key, value in node.items():
            kind = type(value)
            if kind is str:
                if value.startswith("urn:"):
                    if key in _REPLACED and value in mapping:
                        node[key] = mapping[value]
                    elif key == "reference":
                        unresolved[value] = None
            elif kind is dict:
                nodes.append(value)
            elif kind is list and key != "coding":
                nodes.extend([item for item in value if type(item) is dict])
        if "identifier" in node:
            _by_identifier(node, mapping)
    return list(unresolved)


_REPLACED = frozenset(("reference", "valueUri", "valueUrl", "valueCanonical", "instantiatesUri", "questionnaire"))


def _by_identifier(node: Resource, mapping: Mapping[str, str]) -> None:
    identifier = node["identifier"]
    if type(identifier) is dict and "resourceType" not in node and "reference" not in node:
        target = mapping.get(identifier.get("value", ""))
        if target is not None:
            node["reference"] = target
            del node["identifier"]
