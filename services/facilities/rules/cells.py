"""The cells and lines of the files: what each must look like by itself, read from text.

A check takes the lines that are right by themselves and gives those that may be loaded and why the others may not. A
refused row changes what the others meet, so checks repeat until nothing more falls; of two rows that clash, the later
line falls.
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError

from services.facilities.rules.csvfile import Refused, Sheet
from services.kernel import errors
from services.kernel.problems import Text


def shape(pattern: str, says: str, *, drop: str = "") -> BeforeValidator:
    """A text that must match `pattern` once the letters of `drop` are taken out; `says` is "Indonesia / English"."""
    wanted = re.compile(pattern)

    def check(value: str) -> str:
        bare = "".join(c for c in value if c not in drop)
        if not wanted.fullmatch(bare):
            raise ValueError(says)
        return bare

    return BeforeValidator(check)


def name(value: str) -> str:
    """A name on one line, at most 200 printable characters."""
    tidy = " ".join(value.split())
    if not tidy.isprintable() or len(tidy) > 200:
        raise ValueError("paling banyak 200 huruf, tanpa karakter kendali / at most 200 printable characters")
    return tidy


def prose(most: int) -> BeforeValidator:
    """Free words of at most `most` characters; lines may break, other control characters may not stand in them."""

    def check(value: str) -> str:
        tidy = "\n".join(" ".join(line.split()) for line in value.strip().splitlines())
        if not tidy.replace("\n", "").isprintable() or len(tidy) > most:
            raise ValueError(f"paling banyak {most} huruf, tanpa karakter kendali / at most {most}, all printable")
        return tidy

    return BeforeValidator(check)


def day(value: str) -> date:
    """A date YYYY-MM-DD, or dd/mm/yyyy as Excel writes it in Indonesia."""
    says = "harus tanggal YYYY-MM-DD yang ada di kalender / must be a real date YYYY-MM-DD"
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", value, re.ASCII):
        value = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}"
    if not re.fullmatch(r"(19|20|21)\d\d-\d\d-\d\d", value):
        raise ValueError(says)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(says) from None


def decimal(value: str) -> str:
    """A decimal with a point or a comma."""
    return value.replace(",", ".")  # Indonesian spreadsheets write 0,99688


_YES_NO = {
    "ya": True,
    "aktif": True,
    "true": True,
    "1": True,
    "tidak": False,
    "nonaktif": False,
    "false": False,
    "0": False,
}


def yes_no(value: str) -> bool:
    """ya/tidak, aktif/nonaktif, true/false, 1/0."""
    if value.lower() not in _YES_NO:
        raise ValueError("harus ya atau tidak / must be true or false")
    return _YES_NO[value.lower()]


AreaNumber = Annotated[
    str, shape(r"\d{2}|\d{4}|\d{6}|\d{10}", "kode Kemendagri 2, 4, 6, atau 10 angka / 2, 4, 6 or 10 digits", drop=".")
]
VillageNumber = Annotated[
    str, shape(r"\d{10}", "kode desa Kemendagri 10 angka / a village code of 10 digits", drop=".")
]
Code = Annotated[
    str,
    shape(
        r"[A-Za-z0-9][A-Za-z0-9-]{1,31}",
        "2 sampai 32 huruf, angka, atau tanda hubung / 2 to 32 letters, digits or hyphens",
    ),
]
Number = Annotated[str, shape(r"[A-Za-z0-9./ -]{3,64}", "3 sampai 64 huruf atau angka / 3 to 64 letters or digits")]
Name = Annotated[str, BeforeValidator(name)]
Day = Annotated[date, BeforeValidator(day)]
YesNo = Annotated[bool, BeforeValidator(yes_no)]


R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Line(Generic[R]):
    """A row that is right by itself, and where it stood."""

    number: int
    row: R


def parse(sheet: Sheet, model: type[R]) -> tuple[list[Line[R]], list[Refused]]:
    """The sheet's rows as `model`, and what is wrong with the others (each wrong column once)."""
    lines: list[Line[R]] = []
    refused = list(sheet.refused)
    for number, fields in sheet.rows:
        filled: dict[str, Any] = {k: v for k, v in fields.items() if v}
        try:
            lines.append(Line(number, model.model_validate(filled)))
        except ValidationError as error:
            for fault in errors.faults(error.errors(include_url=False)):
                refused.append(Refused(number, fault.pointer.split("/")[1] or None, fault.text))
    return lines, refused


def kept(row: R, before: Mapping[str, Any] | None, columns: Sequence[str]) -> R:
    """The row with what is recorded of these columns where it says nothing: an empty cell takes nothing back."""
    said = {c: before[c] for c in columns if before is not None and getattr(row, c) is None}
    return row.model_copy(update=said) if said else row


def once(lines: list[Line[R]], key: Callable[[R], Hashable], column: str) -> tuple[list[Line[R]], list[Refused]]:
    """Each key once: a repeated one is refused, naming the line it stood on first."""
    first: dict[Hashable, int] = {}
    kept: list[Line[R]] = []
    refused: list[Refused] = []
    for line in lines:
        before = first.setdefault(key(line.row), line.number)
        if before == line.number:
            kept.append(line)
        else:
            text = Text(f"sudah ada di baris {before}", f"already given on line {before}")
            refused.append(Refused(line.number, column, text))
    return kept, refused
