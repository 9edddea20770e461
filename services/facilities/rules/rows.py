"""The rows of the files: what each column must look like by itself."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from services.facilities.contract import ORGANIZATION_TYPE, Kind, Level, Ownership, Profession
from services.facilities.rules.csvfile import Refused, Sheet
from services.kernel import errors
from services.kernel.ids import Nik


def _shape(pattern: str, says: str, *, drop: str = "") -> BeforeValidator:
    """A text that must match `pattern` once the letters of `drop` are taken out; `says` is "Indonesia / English"."""
    wanted = re.compile(pattern)

    def check(value: str) -> str:
        bare = "".join(c for c in value if c not in drop)
        if not wanted.fullmatch(bare):
            raise ValueError(says)
        return bare

    return BeforeValidator(check)


def _name(value: str) -> str:
    tidy = " ".join(value.split())
    if not tidy.isprintable() or len(tidy) > 200:
        raise ValueError("paling banyak 200 huruf, tanpa karakter kendali / at most 200 printable characters")
    return tidy


def _day(value: str) -> date:
    says = "harus tanggal YYYY-MM-DD yang ada di kalender / must be a real date YYYY-MM-DD"
    if not re.fullmatch(r"(19|20|21)\d\d-\d\d-\d\d", value):
        raise ValueError(says)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(says) from None


def _decimal(value: str) -> str:
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


def _yes_no(value: str) -> bool:
    if value.lower() not in _YES_NO:
        raise ValueError("harus ya atau tidak / must be true or false")
    return _YES_NO[value.lower()]


AreaNumber = Annotated[
    str, _shape(r"\d{2}|\d{4}|\d{6}|\d{10}", "kode Kemendagri 2, 4, 6, atau 10 angka / 2, 4, 6 or 10 digits", drop=".")
]
VillageNumber = Annotated[
    str, _shape(r"\d{10}", "kode desa Kemendagri 10 angka / a village code of 10 digits", drop=".")
]
Code = Annotated[
    str,
    _shape(
        r"[A-Za-z0-9][A-Za-z0-9-]{1,31}",
        "2 sampai 32 huruf, angka, atau tanda hubung / 2 to 32 letters, digits or hyphens",
    ),
]
Number = Annotated[str, _shape(r"[A-Za-z0-9./ -]{3,64}", "3 sampai 64 huruf atau angka / 3 to 64 letters or digits")]
Name = Annotated[str, BeforeValidator(_name)]
Day = Annotated[date, BeforeValidator(_day)]


class AreaRow(BaseModel):
    """A row of areas.csv."""

    code: AreaNumber
    name: Name
    level: Level
    parent: AreaNumber | None = None


class FacilityRow(BaseModel):
    """A row of facilities.csv."""

    code: Code
    name: Name
    kind: Kind
    ownership: Ownership
    satusehat_id: Annotated[str, _shape(r"\d{9,10}", "9 atau 10 angka / 9 or 10 digits")] | None = None
    bpjs_code: Annotated[str, _shape(r"[A-Za-z0-9]{8}", "tepat 8 huruf atau angka / 8 letters or digits")] | None = None
    registration: Annotated[str, _shape(r"[A-Za-z0-9./-]{4,32}", "4 sampai 32 huruf atau angka / 4 to 32")] | None = (
        None
    )
    village: VillageNumber
    latitude: Annotated[float, BeforeValidator(_decimal), Field(ge=-12, le=7, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, BeforeValidator(_decimal), Field(ge=94, le=142, allow_inf_nan=False)] | None = None
    phone: Annotated[str, _shape(r"[0-9+() .-]{4,30}", "4 sampai 30 angka / 4 to 30 digits")] | None = None
    active: Annotated[bool, BeforeValidator(_yes_no)] = True
    valid_from: Day | None = None

    @property
    def organization_type(self) -> str | None:
        """SATUSEHAT's type; follows from the kind."""
        return ORGANIZATION_TYPE.get(self.kind)


class CatchmentRow(BaseModel):
    """A row of catchments.csv."""

    village: VillageNumber
    facility: Code
    valid_from: Day
    valid_until: Day | None = None


class PractitionerRow(BaseModel):
    """A row of practitioners.csv."""

    id: Annotated[str, _shape(r"[A-Za-z0-9-]{4,64}", "nomor IHS nakes, 4 sampai 64 huruf atau angka / an IHS number")]
    facility: Code
    name: Name
    nik: Nik | None = None
    profession: Profession
    str_number: Number | None = None
    sip_number: Number | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None


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
