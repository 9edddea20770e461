"""Search values as typed values: tokens, references, dates with prefixes, quantities, words."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from services.kernel.problems import Fault, Invalid, Text
from services.records.systems import CANONICAL

ZONE = ZoneInfo("Asia/Jakarta")
_PREFIX = r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?"


def split(value: str, mark: str = ",") -> list[str]:
    """The parts of a value that any may match; `\\,` is a comma of the value itself."""
    parts = [p.strip() for p in re.split(rf"(?<!\\){re.escape(mark)}", value)]
    return [part for part in parts if part]


def plain(value: str) -> str:
    """A value without the backslashes before `,`, `$`, `|` and `\\`."""
    return re.sub(r"\\([,$|\\])", r"\1", value)


@dataclass(frozen=True, slots=True)
class Token:
    """`system|code`; a system of None means any, of "" none; a code of "" means any code of the system."""

    system: str | None
    code: str


def token(value: str) -> Token:
    """`code`, `system|code`, `|code`, `system|`."""
    parts = re.split(r"(?<!\\)\|", value, maxsplit=1)
    if len(parts) == 1:
        return Token(None, plain(value))
    return Token(CANONICAL[plain(parts[0])] if parts[0] else "", plain(parts[1]))


@dataclass(frozen=True, slots=True)
class Pointer:
    """A reference value: type (None when only an id was given) and id, or a whole address."""

    type: str | None
    id: str

    @property
    def key(self) -> str:
        """`Type/id`, or the address."""
        return f"{self.type}/{self.id}" if self.type else self.id


_ENDING = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]*)?$")


def pointer(value: str, type_: str | None = None) -> Pointer:
    """`id`, `Type/id`, or an absolute address ending so; `type_` is what the modifier says."""
    value = plain(value)
    match = _ENDING.search(value)
    return Pointer(match[1], match[2]) if match else Pointer(type_, value)


# --- dates ----------------------------------------------------------------------------------------------

_PREFIXED = re.compile(rf"^{_PREFIX}(\d{{4}}.*)$", re.ASCII)


def span(value: str) -> tuple[str, datetime, datetime]:
    """A search date as its prefix and the span [begin, end) it stands for. Raises Invalid."""
    match = _PREFIXED.match(value)
    if match is None:
        raise bad_date()
    begin, end = _moment(match[2])
    if match[1] == "ap":  # a tenth of the way to now, at least a day
        wide = max(abs(datetime.now(UTC) - begin) / 10, timedelta(days=1))
        try:
            return "ap", begin - wide, end + wide
        except OverflowError:
            raise bad_date() from None
    return match[1] or "eq", begin, end


def bad_date() -> Invalid:
    """The problem of a value that is no date."""
    return Invalid(
        Text("Tanggal pencarian harus seperti ge2026-01-31", "A search date looks like ge2026-01-31"),
        [
            Fault(
                "date",
                Text(
                    "tanggal tidak sah; misalnya 2026-11-21, 2026-11, atau ge2026-11-21",
                    "not a date; such as 2026-11-21, 2026-11 or ge2026-11-21",
                ),
                "value",
            )
        ],
    )


def _moment(value: str) -> tuple[datetime, datetime]:
    """The span a partial date stands for, as [begin, end). A bare `+` of a zone arrives as a blank: repaired."""
    value = re.sub(r"(T[\d:.]+) (\d\d:\d\d)$", r"\1+\2", value.strip())
    try:
        if re.fullmatch(r"\d{4}", value):
            first = date(int(value), 1, 1)
            return local(first), local(date(first.year + 1, 1, 1))
        if re.fullmatch(r"\d{4}-\d\d", value):
            first = date.fromisoformat(value + "-01")
            return local(first), local((first + timedelta(days=32)).replace(day=1))
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            first = date.fromisoformat(value)
            return local(first), local(first + timedelta(days=1))
        at = datetime.fromisoformat(value)
        at = at if at.tzinfo else at.replace(tzinfo=ZONE)
        fine = timedelta(milliseconds=1) if "." in value else timedelta(seconds=1)  # as latest_moment has it
        if re.search(r"T\d\d:\d\d(?:[Z+-]|$)", value):
            fine = timedelta(minutes=1)
        return at.astimezone(UTC), (at + fine).astimezone(UTC)
    except (ValueError, OverflowError):  # the calendar's first and last day have no neighbour
        raise bad_date() from None


def local(day: date) -> datetime:
    """Midnight at which a day of the district begins."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def day(moment: datetime) -> date:
    """The day of the district a moment falls on."""
    return moment.astimezone(ZONE).date()


# --- numbers --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its prefix and the span of its precision: `5.4` stands for [5.35, 5.45)."""

    prefix: str
    exact: Decimal
    low: Decimal
    high: Decimal


_NUMBER = re.compile(rf"^{_PREFIX}([+-]?\d{{1,30}}(?:\.\d{{1,30}})?(?:[eE][+-]?\d{{1,2}})?)$", re.ASCII)


def amount(value: str) -> Amount:
    """A number of a search. Raises Invalid."""
    match = _NUMBER.match(value)
    try:
        if match is None:
            raise InvalidOperation
        number = Decimal(match[2])
    except InvalidOperation:
        said = Text("Angka pencarian harus seperti gt5.4", "A search number looks like gt5.4")
        raise Invalid(said, [Fault("value", said, "value")]) from None
    exponent = number.as_tuple().exponent
    half = Decimal(5).scaleb((exponent if isinstance(exponent, int) else 0) - 1)
    if match[1] == "ap":
        half = max(abs(number) / 10, half)
    return Amount(match[1] or "eq", number, number - half, number + half)


def compared(prefix: str, low: str, high: str, begin: Any, end: Any) -> tuple[str, list[Any]]:
    """The condition a prefix means between what is stored, [low, high), and what is asked, [begin, end).

    `low` and `high` are SQL expressions, `{0}` and `{1}` in the result stand for the values (FHIR R4, 3.1.1.4.5).
    """
    within = f"({low} >= {{0}} AND {high} <= {{1}})"
    match prefix:
        case "gt":
            return f"{high} > {{0}}", [end]
        case "lt":
            return f"{low} < {{0}}", [begin]
        case "ge":
            return f"({high} > {{1}} OR {within})", [begin, end]
        case "le":
            return f"({low} < {{0}} OR {within})", [begin, end]
        case "sa":
            return f"{low} >= {{0}}", [end]
        case "eb":
            return f"{high} <= {{0}}", [begin]
        case "ap":
            return f"({low} < {{1}} AND {high} > {{0}})", [begin, end]
        case "ne":
            return f"NOT {within}", [begin, end]
    return within, [begin, end]


# --- words ----------------------------------------------------------------------------------------------

_LIKE = {
    "a": "aàáâãäåā", "c": "cçčć", "e": "eèéêëēė", "i": "iìíîïī", "n": "nñń", "o": "oòóôõöøō", "s": "sšś",
    "u": "uùúûüū", "y": "yýÿ", "z": "zžź",
}  # fmt: skip


def words(value: str, *, anywhere: bool = False) -> str:
    """A regular expression for text that has `value` at the start of a word (or anywhere), whatever case, blanks and
    accents. Stored texts are matched as they lie, so each letter stands for all its accented forms."""
    folded = unicodedata.normalize("NFKD", " ".join(plain(value).casefold().split()))
    letters = [c for c in folded if not unicodedata.combining(c)]
    body = "".join(_letter(c) for c in letters)
    return body if anywhere else r"(^|[^[:alnum:]])" + body


def _letter(char: str) -> str:
    if char == " ":
        return r"\s+"
    if char in _LIKE:
        return f"[{_LIKE[char]}]"
    return char if char.isalnum() else "\\" + char
