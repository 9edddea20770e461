"""What is due for one person."""

from datetime import date

from pydantic import BaseModel, Field

from services.indicators.contract.words import Words


class DueItem(BaseModel):
    """Satu hal yang masih harus diterima (one thing still due)."""

    item: str = Field(examples=["contact_t3"])
    label: Words | None = None
    due_from: date | None
    due_until: date | None
    state: str = Field(description="now: sekarang, later: nanti, overdue: tenggatnya lewat", examples=["now"])


class DueOf(BaseModel):
    """Yang masih kurang menurut satu standar, dan mengapa (what one standard still asks for, and why)."""

    standard: str = Field(examples=["spm-01.permenkes-6-2024"])
    title: Words
    regulation: str
    unit_id: str
    items: list[DueItem]


class Due(BaseModel):
    """Yang masih harus diterima seseorang (what is due for a person); known=false: belum dapat dihitung."""

    known: bool
    as_of: date | None = None
    standards: list[DueOf] = []


class DueInside(Due):
    """What a peer is told who decides what its caller may see: by standard, the resources by which the person is
    counted there. To be due for it tells what they tell."""

    rests_on: dict[str, list[str]] = {}
