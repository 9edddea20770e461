"""JSON keeps the digits it was written with, and what cannot be read is refused without being repeated."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records.exact import NotJson, dumps, loads

decimals = st.from_regex(r"-?(0|[1-9][0-9]{0,20})\.[0-9]{1,20}", fullmatch=True)
integers = st.integers(-(10**30), 10**30).map(str)
exponents = st.from_regex(r"-?[1-9](\.[0-9]{1,5})?[eE][+-]?[0-9]{1,2}", fullmatch=True)
spaces = st.sampled_from(["", " ", "\n", "\t"])


@given(decimals | integers, spaces, spaces)
def test_every_decimal_keeps_its_text(number: str, before: str, after: str) -> None:
    body = f'{{"a":{before}{number}{after},"b":[{number}{after}],"c":{{"d":{before}{number}}}}}'
    assert dumps(loads(body.encode())) == f'{{"a":{number},"b":[{number}],"c":{{"d":{number}}}}}'


@given(exponents)
def test_an_exponent_keeps_its_value_and_precision(number: str) -> None:
    value = loads(f"[{number}]".encode())[0]
    assert isinstance(value, Decimal)
    again = json.loads(dumps([value]), parse_float=Decimal, parse_int=Decimal)[0]
    assert again == Decimal(number)
    exponent = Decimal(number).as_tuple().exponent
    if isinstance(exponent, int) and exponent <= 0:
        assert again.as_tuple() == Decimal(number).as_tuple()


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(-(2**63), 2**63), st.lists, max_leaves=20))
def test_anything_else_comes_back_as_it_was(value: object) -> None:
    if "\\u0000" in json.dumps(value):
        return
    assert loads(json.dumps(value).encode()) == value
    assert loads(dumps(value).encode()) == value


def test_ordinary_numbers_stay_plain() -> None:
    assert loads(b'{"a": 36.5, "b": 118, "when": "2026-04-20T02:15:00.000+00:00"}')["a"].__class__ is float


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        (b'{"nama": "Siti",\n "nik": }', 2, 9),
        (b'{"nama": "Siti"', 1, 16),
        (b"", 1, 1),
        (b"NaN", 1, 1),
        (b'{"a": Infinity}', 1, 7),
        (b'{"a": -Infinity}', 1, 8),
        (b'{"nama":\n "Si\xffti"}', 2, 5),
        (b'["Siti\\ud800"]', 1, 7),
        (b'["Siti\\u0000"]', 1, 7),
        (b"[" * 100_000, 1, 1026),
        (b'{"a":' * 100_000, 1, 5122),
        (b"\xef\xbb\xbf" * 1000 + b"{}", 1, 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(body: bytes, line: int, column: int) -> None:
    with pytest.raises(NotJson) as refused:
        loads(body)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert "Siti" not in str(refused.value) + refused.value.text.id + refused.value.text.en
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("body", [b"[1e999999999]", b"[1e400]", b"[0." + b"0" * 400 + b"1]", b"[" + b"9" * 5000 + b"]"])
def test_numbers_beyond_reason_are_refused(body: bytes) -> None:
    with pytest.raises(NotJson):
        loads(body)


@pytest.mark.parametrize("number", ["1e-300", "1.25e-290", "-1e-300", "123456e-299"])
def test_what_was_taken_is_read_again(number: str) -> None:
    written = dumps(loads(f"[{number}]".encode()))
    assert dumps(loads(written.encode())) == written
    assert Decimal(written[1:-1]) == Decimal(number)


def test_depth_is_refused_at_the_latest_on_the_way_out() -> None:
    assert dumps(loads(b"[" * 200 + b"]" * 200))
    for depth in (300, 900):
        with pytest.raises(NotJson):
            dumps(loads(b"[" * depth + b"1.50" + b"]" * depth))


def test_a_byte_order_mark_is_skipped() -> None:
    assert loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_an_escaped_backslash_is_not_a_nul() -> None:
    assert loads(b'"C:\\\\u0000"') == "C:\\u0000"


def test_other_objects_are_still_refused_by_dumps() -> None:
    with pytest.raises(TypeError):
        dumps({"a": object()})
