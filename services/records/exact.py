"""JSON without loss: a decimal keeps the digits it was written with (`36.50` stays `36.50`).

orjson reads numbers as floats, which is exact for almost every body; two cheap scans find the bodies for
which it is not, and only those are read with `Decimal`.
"""

import json
import re
from decimal import Decimal
from typing import Any

import orjson

from services.kernel.problems import Invalid, Text

# A decimal part that a float would rewrite: a trailing zero, a tiny value, more digits than a float holds.
_REWRITTEN = re.compile(rb"\.(?:[0-9]*0(?:[\s,\]}]|\Z)|0000[0-9]|[0-9]{8}|(?<=[0-9]{8}\.)[0-9])")
# Exponents and integers beyond 64 bits, looked for in a body where every digit is 0 and every end a comma.
_SHAPE = bytes.maketrans(b"123456789E \t\r\n]}", b"000000000e,,,,,,")
_EXPONENT = re.compile(rb"0e[+-]?0+(?:,|\Z)")
_HUGE = b"0" * 19
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_MARK = b"\xef\xbb\xbf"  # the byte order mark some Windows systems put before UTF-8
_LONG = 100  # decimal places; written out, a number with more could be longer than what is read
_LARGEST = 300  # powers of ten; a clinical value is never near it, a bomb is


class NotJson(Invalid):
    """A body that cannot be read. Says where, never what stood there."""

    def __init__(self, reason: Text, line: int = 1, column: int = 1) -> None:
        self.line = line
        self.column = column
        self.text = Text(f"{reason.id} (baris {line}, kolom {column})", f"{reason.en} (line {line}, column {column})")
        super().__init__(self.text, code="structure")


_BROKEN = Text("JSON tidak dapat dibaca", "The JSON cannot be read")
_BYTES = Text("JSON harus berupa UTF-8 yang sah", "The JSON must be valid UTF-8")
_DEPTH = Text("JSON bertingkat terlalu dalam", "The JSON is nested too deeply")
_RANGE = Text("Angka di luar jangkauan", "A number is out of range")
_ZERO = Text("Teks tidak boleh memuat karakter U+0000", "Text must not hold the character U+0000")


def loads(raw: bytes) -> Any:
    """The value of a JSON text; numbers a float would change come as `Decimal`. Raises `NotJson`.

    A nesting of 255 to 1024 levels passes here and is refused by `dumps`, which every stored body meets.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as broken:
        if raw.startswith(_MARK) and not raw.startswith(_MARK * 2):
            return loads(raw[len(_MARK) :])
        raise _explained(raw, broken) from None
    if b"\\u0000" in raw and (found := _NUL.search(raw)):
        raise _at(raw, found.end() - 6, _ZERO)
    if _REWRITTEN.search(raw) or _unusual(raw.translate(_SHAPE)):
        return _with_decimals(raw)
    return value


def _unusual(shape: bytes) -> bool:
    return _HUGE in shape or (b"0e" in shape and _EXPONENT.search(shape) is not None)


def dumps(value: Any, *, indent: bool = False) -> str:
    """JSON text with every `Decimal` in its own digits. Raises `NotJson` for what is nested too deeply."""
    try:
        return orjson.dumps(value, default=_written, option=orjson.OPT_INDENT_2 if indent else None).decode()
    except orjson.JSONEncodeError as failed:
        if "ecursion" in str(failed):
            raise NotJson(_DEPTH) from None
        raise


def _written(value: Any) -> orjson.Fragment:
    """A Decimal in JSON: without exponent unless it was written with a positive one, or is tiny."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        plain = isinstance(exponent, int) and -_LONG < exponent <= 0
        return orjson.Fragment(format(value, "f") if plain else str(value))
    raise TypeError(type(value).__name__)


def _with_decimals(raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_float=_decimal, parse_int=_integer)
    except RecursionError:
        raise NotJson(_DEPTH) from None


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if abs(value.adjusted()) > _LARGEST or len(text) > _LARGEST:
        raise NotJson(_RANGE)
    return value


def _integer(text: str) -> int | Decimal:
    if len(text) > _LARGEST:
        raise NotJson(_RANGE)
    return int(text) if len(text) < len(_HUGE) else Decimal(text)  # orjson writes 64 bits at most


def _explained(raw: bytes, broken: orjson.JSONDecodeError) -> NotJson:
    message = broken.msg
    if "UTF-8" in message:
        try:
            raw.decode()
        except UnicodeDecodeError as wrong:
            return _at(raw, wrong.start, _BYTES)
    reason = _BROKEN
    if "depth" in message:
        reason = _DEPTH
    elif "number is infinity" in message:
        reason = _RANGE
    return NotJson(reason, broken.lineno, broken.colno)


def _at(raw: bytes, position: int, reason: Text) -> NotJson:
    start = raw.rfind(b"\n", 0, position) + 1
    return NotJson(reason, raw.count(b"\n", 0, position) + 1, position - start + 1)
