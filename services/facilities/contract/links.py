"""The chain posyandu → pustu → puskesmas."""

from datetime import date

from pydantic import BaseModel, Field

from services.facilities.contract.facilities import Kind
from services.kernel.ids import FacilityCode, VillageCode

LINK = "link"
"""Event type; the subject is `child/valid_from`."""


class Link(BaseModel):
    """Posyandu atau pustu dan tempatnya bernaung pada suatu masa (who hangs on whom, and when)."""

    child: FacilityCode = Field(description="Posyandu atau pustu (the lower)", examples=["Y1410010701"])
    parent: FacilityCode = Field(description="Pustu atau puskesmas (the upper)", examples=["P1410010101"])
    valid_from: date = Field(description="Hari pertama (first day)", examples=["2024-01-01"])
    valid_until: date | None = Field(None, description="Hari terakhir; kosong = masih (last day)")
    coordinates: bool = Field(True, description="Yang atas mengoordinasi yang bawah (the upper coordinates the lower)")
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class LinkBody(BaseModel):
    """Naungan satu posyandu atau pustu sejak suatu hari (what one hangs on)."""

    parent: FacilityCode = Field(description="Pustu atau puskesmas (the upper)", examples=["U1410010601"])
    valid_until: date | None = Field(None, description="Hari terakhir; kosong = masih (last day)")
    coordinates: bool = Field(True, description="Yang atas mengoordinasi yang bawah (the upper coordinates)")


class ChainNode(BaseModel):
    """Satu faskes di dalam rantai, dengan yang bernaung padanya (a facility of the chain and what hangs on it)."""

    code: FacilityCode = Field(examples=["P1410010101"])
    name: str = Field(examples=["Puskesmas Selatpanjang"])
    kind: Kind
    village: VillageCode
    coordinates: bool | None = Field(None, description="Dikoordinasi oleh yang di atasnya (coordinated by the upper)")
    children: list["ChainNode"] = []


class Chain(BaseModel):
    """Rantai satu faskes pada satu hari (a facility's chain on a day)."""

    on: date
    above: list[ChainNode] = Field(description="Dari atasan terdekat sampai puskesmas (upwards, nearest first)")
    tree: ChainNode
