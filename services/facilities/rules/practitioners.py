"""Rows of health workers: the facility exists, one number is one human."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated

from pydantic import BaseModel

from services.facilities.contract import Profession
from services.facilities.rules.cells import Code, Day, Line, Name, Number, once, shape
from services.facilities.rules.csvfile import Refused
from services.kernel.ids import Nik
from services.kernel.problems import Text


class PractitionerRow(BaseModel):
    """A row of practitioners.csv."""

    id: Annotated[str, shape(r"[A-Za-z0-9-]{4,64}", "nomor IHS nakes, 4 sampai 64 huruf atau angka / an IHS number")]
    facility: Code
    name: Name
    nik: Nik | None = None
    profession: Profession
    str_number: Number | None = None
    sip_number: Number | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None


def practitioners(
    lines: list[Line[PractitionerRow]], facilities_known: AbstractSet[str], niks: Mapping[str, str | None]
) -> tuple[list[Line[PractitionerRow]], list[Refused]]:
    """The facility must exist, days must be in order, and one number means one human: the same NIK everywhere.

    `niks`: NIK by practitioner id, as registered.
    """
    lines, refused = once(lines, lambda r: (r.id, r.facility), "facility")
    kept: list[Line[PractitionerRow]] = []
    seen = dict(niks)
    for line in lines:
        row, fault = line.row, None
        if row.facility not in facilities_known:
            fault = "facility", Text("faskes belum terdaftar", "the facility is not registered")
        elif row.valid_from and row.valid_until and row.valid_until < row.valid_from:
            fault = "valid_until", Text("sebelum valid_from", "before valid_from")
        elif row.nik and (seen.get(row.id) or row.nik) != row.nik:
            fault = "nik", Text("nomor ini milik NIK lain", "this number belongs to another NIK")
        if fault is None:
            kept.append(line)
            seen[row.id] = row.nik or seen.get(row.id)
        else:
            refused.append(Refused(line.number, *fault))
    return kept, refused
