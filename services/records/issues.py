"""Turns what the schema found into issues a person can act on: which element, what is wrong, what is right.

A submitted value is never repeated: it may be a name or a NIK. Element names are, when they look like one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any

from jsonschema_rs import ValidationError

from services.kernel.problems import Text
from services.records.schema.compiled import definition

MOST_ISSUES = 25  # enough to repair a body in one go, few enough to read
MOST_CODES = 20

_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")
_FORMATS: dict[str, Text] = {
    "date": Text(
        "Tanggal harus YYYY, YYYY-MM atau YYYY-MM-DD dan ada di kalender",
        "A date must be YYYY, YYYY-MM or YYYY-MM-DD and exist in the calendar",
    ),
    "dateTime": Text(
        "Waktu harus YYYY-MM-DD atau YYYY-MM-DDThh:mm:ss+07:00 (dengan detik dan zona) dan ada di kalender",
        "A dateTime must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+07:00 (with seconds and zone) and exist in the calendar",
    ),
    "instant": Text(
        "Waktu harus lengkap, YYYY-MM-DDThh:mm:ss+07:00, dan ada di kalender",
        "An instant must be complete, YYYY-MM-DDThh:mm:ss+07:00, and exist in the calendar",
    ),
    "time": Text("Jam harus hh:mm:ss", "A time must be hh:mm:ss"),
    "code": Text(
        "Kode tidak boleh kosong atau diawali, diakhiri, atau disela spasi ganda",
        "A code must not be empty nor hold leading, trailing or double blanks",
    ),
    "id": Text("Id berisi 1-64 huruf, angka, '-' atau '.'", "An id is 1-64 letters, digits, '-' or '.' characters"),
    "uri": Text("Alamat tidak boleh kosong atau memuat spasi", "A URI must not be empty nor hold blanks"),
    "base64Binary": Text("Isi harus base64", "The content must be base64"),
}
_TYPES: dict[str, Text] = {
    "object": Text("Harus berupa objek { … }", "Must be an object { … }"),
    "array": Text("Harus berupa daftar [ … ]", "Must be a list [ … ]"),
    "string": Text("Harus berupa teks dalam tanda kutip", "Must be text in quotes"),
    "number": Text("Harus berupa angka tanpa tanda kutip", "Must be a number without quotes"),
    "integer": Text(
        "Harus berupa bilangan bulat tanpa tanda kutip", "Must be a whole number without quotes or decimals"
    ),
    "boolean": Text("Harus true atau false tanpa tanda kutip", "Must be true or false without quotes"),
}
_NULL = Text("Tidak boleh null; hilangkan elemennya", "Must not be null; leave the element out")
_REQUIRED = Text("Elemen ini wajib diisi", "This element is required")
_EMPTY = Text("Tidak boleh kosong; isi atau hilangkan elemennya", "Must not be empty; fill it or leave it out")
_EXTENSION = Text(
    "Extension memuat url dan tepat satu value[x], atau url dan extension di dalamnya",
    "An extension holds a url and exactly one value[x], or a url and inner extensions",
)
UNKNOWN = Text("Elemen ini tidak dikenal di sini", "This element is not known here")


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with a resource: where, the FHIR issue code, and what would be right."""

    expression: str
    code: str
    text: Text


def explained(root: str, resource: Any, errors: Iterator[ValidationError]) -> list[Issue]:
    """The issues behind the schema errors of one resource; `root` is its place, e.g. "Observation"."""
    found = (issue for error in errors if not _placeholder(error, resource) for issue in _issues(root, error))
    unique = {(i.expression, i.text.id): i for i in islice(found, 4 * MOST_ISSUES)}
    return list(unique.values())[:MOST_ISSUES]


def at(root: str, path: Sequence[str | int]) -> str:
    """An expression: at("Patient", ["name", 0, "use"]) is "Patient.name[0].use"."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{_safe(step)}" for step in path)
    return root + "".join(steps)


def _safe(name: str) -> str:
    return name if _NAME.fullmatch(name) else "?"


def _placeholder(error: ValidationError, resource: Any) -> bool:
    """A null in a list of primitives is right when the twin list (`given`, `_given`) fills the place."""
    path = error.instance_path
    if error.kind.name != "type" or error.instance is not None or len(path) < 2:
        return False
    *above, name, index = path
    if not isinstance(index, int) or not isinstance(name, str):
        return False
    node = resource
    for step in above:
        node = node[step]
    twin = node.get(name[1:] if name.startswith("_") else "_" + name)
    return isinstance(twin, list) and index < len(twin) and twin[index] is not None


def _issues(root: str, error: ValidationError) -> Iterator[Issue]:
    place = at(root, error.instance_path)
    kind: Any = error.kind
    owner = str(error.schema_path[-2]) if len(error.schema_path) > 1 else ""
    match kind.name:
        case "required":
            yield Issue(f"{place}.{kind.property}", "required", _REQUIRED)
        case "enum":
            yield Issue(place, "code-invalid", _allowed(kind.options))
        case "not":
            codes = kind.schema["items"]["not"]["properties"]["code"]["enum"]
            yield Issue(place, "code-invalid", _allowed(codes))
        case "additionalProperties":
            known = definition(owner).get("properties", {})
            for name in kind.unexpected:
                yield Issue(at(place, [name]), "structure", _unknown(name, list(known)))
        case "type":
            wanted = _TYPES.get(kind.types[0], UNKNOWN)
            yield Issue(place, "structure", _NULL if error.instance is None else wanted)
        case "pattern":
            yield Issue(place, "value", _FORMATS.get(owner, _FORMATS["uri"]))
        case "minLength" | "minItems":
            yield Issue(place, "value", _EMPTY)
        case "minProperties":
            yield Issue(place, "structure", _EXTENSION if owner == "Extension" else _EMPTY)
        case "minimum" | "maximum":
            yield Issue(place, "value", _limited(kind.name, kind.limit))
        case "anyOf":
            yield _either(place, kind.context, is_extension="Extension" in error.schema_path[-4:])
        case "oneOf":
            if isinstance(error.instance, dict):  # of anything else it is already said that it is no object
                yield _choice(place, error, error.instance)
        case _:
            yield Issue(place, "structure", UNKNOWN)


def _allowed(codes: Sequence[Any]) -> Text:
    if len(codes) > MOST_CODES:
        return Text("Kode ini tidak ada di daftar FHIR R4", "This code is not in the FHIR R4 list")
    listed = ", ".join(map(str, codes))
    return Text(f"Kode tidak sah; yang sah: {listed}", f"Invalid code; allowed: {listed}")


def _unknown(name: str, known: list[str]) -> Text:
    near = get_close_matches(name, known, 1, 0.75)
    if not near:
        return UNKNOWN
    return Text(f"{UNKNOWN.id}; maksudnya {near[0]}?", f"{UNKNOWN.en}; did you mean {near[0]}?")


def _limited(kind: str, limit: Any) -> Text:
    if kind == "minimum":
        return Text(f"Paling kecil {limit}", f"Must be at least {limit}")
    return Text(f"Paling besar {limit}", f"Must be at most {limit}")


def _either(place: str, context: list[list[ValidationError]], is_extension: bool) -> Issue:
    if is_extension:
        return Issue(place, "structure", _EXTENSION)
    first: Any = context[0][0].kind  # the value or its extension: name the value
    return Issue(f"{place}.{first.property}", "required", _REQUIRED)


def _choice(place: str, error: ValidationError, instance: dict[str, Any]) -> Issue:
    """None or too many of a value[x]."""
    rule: Any = definition(str(error.schema_path[1]))
    for step in error.schema_path[2:]:
        rule = rule[step]
    names: list[str] = [option["required"][0] for option in rule if "required" in option]
    stem = _stem(names)
    present = [name for name in names if name in instance]
    if not present:
        listed = ", ".join(names)
        text = Text(f"Wajib diisi salah satu dari: {listed}", f"One of these is required: {listed}")
        return Issue(f"{place}.{stem}[x]", "required", text)
    listed = ", ".join(present)
    text = Text(f"Hanya boleh ada satu dari: {listed}", f"Only one of these may be present: {listed}")
    return Issue(f"{place}.{present[-1]}", "structure", text)


def _stem(names: list[str]) -> str:
    """What all spellings of a value[x] begin with."""
    first, last = min(names), max(names)
    return first[: next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
