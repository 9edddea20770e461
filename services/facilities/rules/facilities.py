"""Rows of facilities: the village exists, codes belong to one facility only."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from services.facilities.contract import ORGANIZATION_TYPE, Kind, Ownership
from services.facilities.rules.cells import Code, Day, Line, Name, VillageNumber, YesNo, decimal, once, shape
from services.facilities.rules.csvfile import Refused
from services.kernel.problems import Text

IDENTIFIERS = ("satusehat_id", "bpjs_code")


class FacilityRow(BaseModel):
    """A row of facilities.csv."""

    code: Code
    name: Name
    kind: Kind
    ownership: Ownership
    satusehat_id: Annotated[str, shape(r"\d{9,10}", "9 atau 10 angka / 9 or 10 digits")] | None = None
    bpjs_code: Annotated[str, shape(r"[A-Za-z0-9]{8}", "tepat 8 huruf atau angka / 8 letters or digits")] | None = None
    registration: Annotated[str, shape(r"[A-Za-z0-9./-]{4,32}", "4 sampai 32 huruf atau angka / 4 to 32")] | None = None
    village: VillageNumber
    latitude: Annotated[float, BeforeValidator(decimal), Field(ge=-12, le=7, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, BeforeValidator(decimal), Field(ge=94, le=142, allow_inf_nan=False)] | None = None
    phone: Annotated[str, shape(r"[0-9+() .-]{4,30}", "4 sampai 30 angka / 4 to 30 digits")] | None = None
    active: YesNo = True
    valid_from: Day | None = None

    @property
    def organization_type(self) -> str | None:
        """SATUSEHAT's type; follows from the kind."""
        return ORGANIZATION_TYPE.get(self.kind)


def facilities(
    lines: list[Line[FacilityRow]], villages: AbstractSet[str], registered: Mapping[str, Mapping[str, str | None]]
) -> tuple[list[Line[FacilityRow]], list[Refused]]:
    """The village must exist, coordinates come in pairs, and no two facilities share a SATUSEHAT or BPJS code.

    `registered`: the identifiers of facilities registered already, by code.
    """
    lines, refused = once(lines, lambda r: r.code, "code")
    kept: list[Line[FacilityRow]] = []
    for line in lines:
        fault = _facility_fault(line.row, villages)
        if fault is None:
            kept.append(line)
        else:
            refused.append(Refused(line.number, *fault))
    while True:
        clashing = _shared_identifiers(kept, registered)
        if not clashing:
            return kept, refused
        refused += clashing
        fallen = {r.line for r in clashing}
        kept = [line for line in kept if line.number not in fallen]


def _facility_fault(row: FacilityRow, villages: AbstractSet[str]) -> tuple[str, Text] | None:
    if row.village not in villages:
        return "village", Text("desa belum terdaftar", "the village is not registered")
    if (row.latitude is None) != (row.longitude is None):
        column = "latitude" if row.latitude is None else "longitude"
        return column, Text("lintang dan bujur diisi berdua", "latitude and longitude go together")
    return None


def _shared_identifiers(
    lines: list[Line[FacilityRow]], registered: Mapping[str, Mapping[str, str | None]]
) -> list[Refused]:
    """Lines whose identifier belongs to another facility once all lines are loaded."""
    loading = {line.row.code for line in lines}
    holder = {
        (column, ids[column]): code for code, ids in registered.items() if code not in loading for column in IDENTIFIERS
    }
    refused = []
    for line in lines:
        for column in IDENTIFIERS:
            value = getattr(line.row, column)
            if value is not None and holder.setdefault((column, value), line.row.code) != line.row.code:
                other = holder[column, value]
                text = Text(f"sudah dipakai faskes {other}", f"belongs to facility {other} already")
                refused.append(Refused(line.number, column, text))
                break
    return refused
