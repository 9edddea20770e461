"""Whatever is sent: the check answers, and what it accepts can be read, stripped, resolved and written."""

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.records import wire
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


@settings(max_examples=400)
@given(st.sampled_from(VALID), st.data())
def test_a_body_with_any_element_replaced(body: Resource, data: st.DataObject) -> None:
    broken = copy.deepcopy(body)
    for _ in range(data.draw(st.integers(1, 2))):
        container, key = data.draw(st.sampled_from(places(broken)))
        container[key] = data.draw(junk)
    survives(copy.deepcopy(broken))
    admit(broken)


@settings(max_examples=100)
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
    for part in body.get("component", ()) if kind == "Observation" else ():
        part["code"] = {"text": "lain"}  # obs-7: another code than the Observation's own
    if kind == "Condition":  # con-4: what has abated is not active
        body = {k: v for k, v in body.items() if not k.startswith("abatement")}
    assert check(body) == []
    survives(body)
    assert strip(body)["resourceType"] == kind


@settings(max_examples=200)
@given(st.data())
def test_no_reference_keeps_an_address_of_the_bundle(data: st.DataObject) -> None:
    """Wherever a Reference stands, what the mapping names is resolved, what it does not name is told."""
    mapping = {f"urn:uuid:{n}": f"Encounter/{n}" for n in range(3)} | {"Practitioner?identifier=a|b": "Practitioner/1"}
    names = st.sampled_from([*mapping, "urn:uuid:lost", "Patient/1"])
    nodes = st.builds(lambda name: {"reference": name}, names) | st.builds(
        lambda name: {"identifier": {"value": name}}, st.sampled_from([*mapping])
    )
    trees = st.recursive(
        nodes,
        lambda inner: (
            st.dictionaries(st.sampled_from(["x", "extension", "contained", "valueReference"]), inner, max_size=3)
            | st.lists(inner, max_size=3).map(lambda items: {"item": items})
        ),
        max_leaves=12,
    )
    body = {"resourceType": "Basic", "root": data.draw(trees)}
    lost = "urn:uuid:lost" in str(body)
    assert resolve_urns(body, mapping) == (["urn:uuid:lost"] if lost else [])
    assert not any(name in dumps(body) for name in mapping)


@settings(max_examples=200)
@given(st.sampled_from(VALID), st.data())
def test_a_patch_back_and_forth_changes_nothing(body: Resource, data: st.DataObject) -> None:
    """A JSON Patch made of two bodies leads from one to the other; a merge says what it says and nothing else."""
    other = copy.deepcopy(body)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(other)))
        container[key] = data.draw(junk)
    steps = jsonpatch.make_patch(body, other).patch
    assert wire.apply_patch(wire.patcher(steps), copy.deepcopy(body)) == other
    merge = {k: v for k, v in other.items() if v != body.get(k) and not isinstance(v, dict)}
    merged = wire.apply_patch(wire.patcher(merge), copy.deepcopy(body))
    assert merged == {k: v for k, v in (body | merge).items() if k not in merge or v is not None}
