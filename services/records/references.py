"""References inside a resource: which they are, and the `urn:uuid:` ones of a transaction resolved."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from services.records import units
from services.records.systems import CANONICAL

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


def query(reference: str) -> tuple[str, str] | None:
    """("Patient", "identifier=…") of a conditional reference, else None."""
    match = _QUERY.fullmatch(reference)
    return (match[1], match[2]) if match else None


_QUERY = re.compile(r"(?:https?://\S+/|/)?([A-Z][A-Za-z]+)/?\?(\S+)")


def number_named(reference: str) -> tuple[str, str] | None:
    """(system, value) when a conditional reference names a Patient by one identifier alone."""
    found = query(reference)
    items = parse_qsl(found[1]) if found and found[0] == "Patient" else []
    if len(items) != 1 or items[0][0] != "identifier":
        return None
    system, _, value = items[0][1].rpartition("|")
    return CANONICAL[system] if system else "", value


def place_of(node: Any, text: str, place: str) -> str:
    """Where in a resource a reference stands: "Encounter.subject.reference"."""
    todo = [(node, place)]
    for node, place in todo:
        if isinstance(node, dict):
            if node.get("reference") == text:
                return f"{place}.reference"
            todo += [(value, f"{place}.{key}") for key, value in node.items()]
        elif isinstance(node, list):
            todo += [(value, f"{place}[{n}]") for n, value in enumerate(node)]
    return place


def walked(resource: Resource) -> tuple[list[tuple[str, str]], list[str], list[Any], bool]:
    """Every literal reference in the body to this record, once each, in order of appearance; all other references;
    every coding, wherever it stands; and whether a system or unit is spelt otherwise than the record keeps it."""
    found: dict[str, None] = {}
    codings: list[Any] = []
    odd = False
    nodes = [resource]
    for node in nodes:  # grows while it is read
        for key, value in node.items():
            kind = type(value)
            if kind is str:
                if key == "reference":
                    found[value] = None
                elif key == "system" and CANONICAL[value] != value:
                    odd = True
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
            elif key == "value" and units.is_number(value) and units.respelt(node) is not None:
                odd = True
    odd = odd or any("system" in c and CANONICAL[c["system"]] != c["system"] for c in codings)
    targets: dict[tuple[str, str], None] = {}
    others: list[str] = []
    for text in found:
        target = local(text)
        if target is None or target[0][0].islower():
            others.append(text)
        else:
            targets[target] = None
    return list(targets), others, codings, odd


def misformed(resource: Resource, others: Sequence[str]) -> list[str]:
    """Those of a resource's other than literal references that cannot mean anything: a `#…` of nothing contained
    (ref-1), a path that is not Type/id."""
    wrong = []
    for text in others:
        if text.startswith("#"):
            if text != "#" and not any(inner.get("id") == text[1:] for inner in resource.get("contained", ())):
                wrong.append(text)
        elif "/" in text and ":" not in text and "?" not in text:
            wrong.append(text)
    return wrong


def resolve_urns(resource: Resource, mapping: Mapping[str, str]) -> list[str]:
    """Replace, in place and at every depth, each reference of `mapping` (`urn:…`, an entry's address, a conditional
    reference) by its "Type/id".

    Covers references (also in contained resources and `valueReference`), uri, url and canonical values, links in a
    narrative, and a Reference that names its target only by `identifier`. Returns the unresolved `urn:` references.
    A resource's own business identifiers are left alone, even when they repeat a fullUrl; so are strings and codes.
    """
    unresolved: dict[str, None] = {}
    nodes = [resource]
    for node in nodes:
        for key, value in node.items():
            kind = type(value)
            if kind is str:
                if key in _REPLACED:
                    if value in mapping:
                        node[key] = mapping[value]
                    elif key == "reference" and value.startswith("urn:"):
                        unresolved[value] = None
                elif key == "div" and mapping and "urn:" in value:
                    node[key] = _LINK.sub(lambda link: link[1] + mapping.get(link[2], link[2]) + link[3], value)
            elif kind is dict:
                nodes.append(value)
            elif kind is list and (key != "coding" or mapping):
                nodes.extend([item for item in value if type(item) is dict])
                if key in _REPLACED:
                    node[key] = [mapping.get(item, item) if type(item) is str else item for item in value]
        if "identifier" in node:
            _by_identifier(node, mapping)
    return list(unresolved)


_REPLACED = frozenset(
    """
    reference uri url source valueUri valueUrl valueUuid valueOid valueCanonical instantiatesUri instantiatesCanonical
    instantiates questionnaire
    """.split()  # noqa: SIM905 - a page of quotes reads worse
)
_LINK = re.compile(r"""((?:href|src)\s*=\s*["'])(urn:[^"']+)(["'])""")


def _by_identifier(node: Resource, mapping: Mapping[str, str]) -> None:
    identifier = node["identifier"]
    if type(identifier) is dict and "resourceType" not in node and "reference" not in node:
        target = mapping.get(identifier.get("value", ""))
        if target is not None:
            node["reference"] = target
            del node["identifier"]
