"""What each resource type must satisfy, compiled when the type is first met.

A process that never sees a Claim never pays for it: the file is read once (1 ms), each type compiles in
about 2 ms and then takes about 0.6 MB.
"""

import gzip
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import orjson

Branch = tuple[tuple[str, "Branch | None"], ...]  # (("period", None), ("component", (("valuePeriod", None),)))


class Rules(NamedTuple):
    """The compiled rules of one resource type."""

    accepts: Callable[[Any], bool]
    errors: Callable[[Any], Iterator[jsonschema_rs.ValidationError]]
    periods: Branch


_DRAFT = "http://json-schema.org/draft-04/schema#"
_COMPILED: dict[str, Rules] = {}


@lru_cache(maxsize=1)
def source() -> dict[str, Any]:
    """The content of `r4.json.gz`: type names, and every definition as JSON text."""
    content: dict[str, Any] = orjson.loads(gzip.decompress(Path(__file__).with_name("r4.json.gz").read_bytes()))
    return content


def definition(name: str) -> dict[str, Any]:
    """One definition, for explaining what would have been right."""
    text = source()["definitions"].get(name)
    return dict(orjson.loads(text)) if text else {}


def known_types() -> list[str]:
    return list(source()["types"])


def rules_of(kind: str) -> Rules | None:
    """The rules of a type, None when the record does not take it."""
    return _COMPILED.get(kind) or _compile(kind)


def _compile(kind: str) -> Rules | None:
    data = source()
    if kind not in data["types"]:
        return None
    texts = data["definitions"]
    definitions = ",".join(f'"{name}":{texts[name]}' for name in data["common"] + data["types"][kind])
    schema = f'{{"$schema":"{_DRAFT}","$ref":"#/definitions/{kind}","definitions":{{{definitions}}}}}'
    validator = jsonschema_rs.Draft4Validator(schema, pattern_options=jsonschema_rs.RegexOptions())
    rules = Rules(validator.is_valid, validator.iter_errors, _branch(data["periods"][kind]))
    _COMPILED[kind] = rules
    return rules


def _branch(tree: dict[str, Any]) -> Branch:
    return tuple((key, None if below == 1 else _branch(below)) for key, below in tree.items())
