"""The panels of the clusters: what each watches, and where each number opens."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.indicators.contract.units import Who
from services.indicators.contract.words import Words


class Counted(StrEnum):
    """Yang dihitung dari catatan, bukan dari standar (what is counted from the record). Closed list."""

    HOME_VISIT = "home-visit"
    WEIGHED = "weighed"
    GAINED = "gained"
    POSTNATAL = "postnatal"


class PanelRow(BaseModel):
    """Satu tempat (one place)."""

    code: str = Field(examples=["P1410010101"])
    name: str | None = None
    value: int | None
    of: int | None
    percent: float | None
    suppressed: bool = False


class PanelLine(BaseModel):
    """Satu baris panel (one line of a panel)."""

    code: str = Field(examples=["k6"])
    title: Words
    available: bool = Field(True, description="false: standarnya tidak dimuat (its standard is not loaded)")
    value: int | None = Field(examples=[310])
    of: int | None = Field(description="Penyebut riil (registered denominator)", examples=[400])
    percent: float | None = Field(examples=[77.5])
    events: int | None = Field(None, description="Banyaknya kunjungan (visits)")
    suppressed: bool = False
    rows: list[PanelRow] = []
    link: str | None = Field(None, description="Yang belum: satuan atau orangnya (those who lack it)")


class ClusterPanel(BaseModel):
    """Panel satu klaster (a cluster's panel)."""

    cluster: int = Field(examples=[2])
    title: Words
    source: str
    year: int
    as_of: date
    by: str
    lines: list[PanelLine]


class CountedPerson(BaseModel):
    """Seseorang di balik satu baris (a person behind a line)."""

    person_id: str
    who: Who | None = Field(None, description="Hanya bila diminta dengan `names=true` (only when asked for)")
    village: str | None
    on: date | None = Field(description="Tanggal terakhir (last day)")
    resources: list[str] = Field(description="Catatan yang boleh Anda buka (records you may open)")


class CountedPage(BaseModel):
    """Orang di balik satu baris (persons behind a line)."""

    line: str
    items: list[CountedPerson]
    withheld: int | None = Field(
        description="Yang tidak boleh Anda lihat; hanya bagi yang melihat angka penuh (those you may not see)"
    )
    next: str | None = None
