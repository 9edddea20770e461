"""The FKTPs (first-level facilities) members are registered at, and which of them a member gets."""

import csv
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.kernel.ids import BpjsFacilityCode

_WEIGHTS = {"puskesmas": 6, "klinik-pratama": 3, "tpmd": 1}


class Provider(BaseModel):
    """Satu FKTP di simulator (one first-level facility)."""

    model_config = ConfigDict(extra="forbid")

    code: BpjsFacilityCode
    name: str
    areas: list[Annotated[str, Field(pattern=r"^\d{2,10}$")]] = []
    """Area codes it serves (kecamatan or villages, digits)."""
    weight: Annotated[int, Field(ge=1)] = 1
    """How many members it draws compared with others of the same area."""

    def named(self) -> dict[str, str]:
        """Code and name as BPJS writes them."""
        return {"kdProvider": self.code, "nmProvider": self.name}


NOWHERE = Provider(code="99000000", name="FKTP SIMULASI")
"""Where everyone is registered as long as no network is known."""


def from_csv(path: Path) -> list[Provider]:
    """The FKTPs of a network file; hospitals, offices and facilities without a BPJS code are left out."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Provider(code=row["bpjs_code"], name=row["name"], areas=[row["village"]], weight=_WEIGHTS[row["kind"]])
            for row in csv.DictReader(file)
            if row["bpjs_code"] and row["kind"] in _WEIGHTS
        ]


def registered_at(providers: list[Provider], area: str, draw: int) -> Provider:
    """The FKTP of someone from `area`: one that serves it, else one of the same kecamatan, else any."""
    near = (
        [p for p in providers if any(area.startswith(a) for a in p.areas)]
        or [p for p in providers if any(a[:6] == area[:6] for a in p.areas)]
        or providers
        or [NOWHERE]
    )
    draw %= sum(p.weight for p in near)
    for provider in near:
        draw -= provider.weight
        if draw < 0:
            return provider
    raise AssertionError  # the draw is below the sum of the weights
