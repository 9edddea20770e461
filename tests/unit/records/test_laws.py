"""Whatever is sent: the check answers, and what it accepts can be read, stripped, resolved and written."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.records.exact import dumps
from services.records.fhir import extract, resolve_urns, strip
from services.records.schema.compiled import definition
from services.records.schema.stored import STORED
from services.records.validation import admit, check, check_dates, is_valid
from tests.unit.records.bodies import VALID, Resource
from tests.unit.records.test_strip import filled
from tests.unit.records.test_validation import NOW

texts = st.sampled_from(["", " ", "x", "2026-01-01", "Patient/1"])
keys = st.sampled_from(["reference", "coding", "code", "start", "end", "value", "url", "x"])
junk = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2),
    max_leaves=5,
)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a body."""
    found, nodes = [], [node]
    for here in nodes:
        items = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
        for key, value in items:
            found.append((here, key))
            nodes.append(value)
    return found


def survives(body: Any) -> None:
    """`check` agrees with `is_valid`, and the pure functions take whatever is valid."""
    issues = check(body)
    if is_valid(body):
        assert issues == []
    for issue in issues:
        assert issue.expression
    if not issues:
        check_dates(body, NOW)
        extract(body)
        dumps(strip(body))
        resolve_urns(body, {"urn:uuid:1": "Patient/1"})


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(VALID), st.data())
def test_a_body_with_any_element_replaced(body: Resource, data: st.DataObject) -> None:
    broken = copy.deepcopy(body)
    for _ in range(data.draw(st.integers(1, 2))):
        container, key = data.draw(st.sampled_from(places(broken)))
        container[key] = data.draw(junk)
    survives(copy.deepcopy(broken))
    admit(broken)


@settings(max_examples=100, deadline=None)
@given(junk, st.sampled_from(STORED))
def test_junk(value: Any, kind: str) -> None:
    survives(value)
    for key in ("contained", "entry", "parameter", "component", "extension", "subject", "period", "identifier"):
        body = {"resourceType": kind, key: value}
        survives(copy.deepcopy(body))
        admit(body)


def whole(name: str, turn: int, above: tuple[str, ...] = ()) -> Any:
    """A valid element with every property, the `turn`-th spelling of each value[x], and no extensions."""
    shape = definition(name)
    if "properties" not in shape:
        return filled(name, "teks")
    rules = [rule["oneOf"] for rule in shape.get("allOf", ()) if "oneOf" in rule]
    groups = [[option["required"][0] for option in rule if "required" in option] for rule in rules]
    rivals = {n for names in groups for i, n in enumerate(names) if i != turn % len(names)}
    found: Resource = {"resourceType": name} if "resourceType" in shape["properties"] else {}
    for key, schema in shape["properties"].items():
        value = part(schema.get("items", schema), turn, (*above, name)) if key not in rivals | LEFT_OUT else None
        if value is not None and not key.startswith("_"):
            found[key] = [value] if "items" in schema else value
    return found


LEFT_OUT = {"resourceType", "extension", "modifierExtension", "dataAbsentReason"}  # obs-6 forbids the last


def part(schema: Resource, turn: int, above: tuple[str, ...]) -> Any:
    if "allOf" in schema:  # a CodeableConcept with required codes
        codes = schema["allOf"][1]["properties"]["coding"]["not"]["items"]["not"]["properties"]["code"]["enum"]
        return {"coding": [{"code": codes[turn % len(codes)]}]}
    if "enum" in schema:
        return schema["enum"][turn % len(schema["enum"])]
    target = schema.get("$ref", "").rpartition("/")[2]
    return None if target in ("", "ResourceList", *above) else whole(target, turn, above)


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("kind", STORED)
def test_a_full_resource_of_every_type_is_accepted_and_read(kind: str, turn: int) -> None:
    body = whole(kind, turn)
    assert check(body) == []
    survives(body)
    assert strip(body)["resourceType"] == kind
