"""The cascade of tuberculosis: how many reach each step, and who does not."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.indicators.contract.units import Who
from services.indicators.contract.words import Words


class TbStep(StrEnum):
    """Satu langkah kaskade TBC (one step). Closed list."""

    SCREENED = "screened"
    SUSPECT = "suspect"
    TESTED = "tested"
    MOLECULAR = "molecular"
    CASE = "case"
    TREATED = "treated"
    ENDED = "ended"
    SUCCESS = "success"
    HIV_TESTED = "hiv-tested"
    DIABETES_TESTED = "diabetes-tested"
    CONTACT = "contact"
    CONTACT_TESTED = "contact-tested"
    PREVENTION = "prevention"


class Reached(StrEnum):
    """Sudah sampai langkah itu, atau sampai sebelumnya saja (reached it, or only the step before)."""

    REACHED = "reached"
    MISSING = "missing"


class StepShown(BaseModel):
    """Satu langkah (one step)."""

    step: TbStep
    title: Words
    of: TbStep | None = Field(None, description="Langkah penyebutnya (the step it is measured against)")
    value: int | None = Field(description="Orang; kosong bila tidak terkode atau ditahan (persons)", examples=[42])
    percent: float | None = Field(None, description="Terhadap `of` (of the step named)", examples=[84.0])
    suppressed: bool = False
    coded: bool = Field(True, description="false: kode kita tidak dapat mengatakannya (our codings cannot say)")
    note: Words | None = None
    link: str | None = Field(None, description="Daftar orangnya, bila Anda boleh (the list, if you may open it)")


class StepRow(BaseModel):
    """Kaskade satu tempat (one place)."""

    code: str = Field(examples=["P1410010101"])
    name: str | None = None
    steps: dict[TbStep, int | None] = Field(examples=[{"suspect": 30, "tested": 25}])
    suppressed: bool = False


class TbCascade(BaseModel):
    """Kaskade TBC setahun sampai satu tanggal (a year's cascade to a day)."""

    year: int
    as_of: date
    by: str
    steps: list[StepShown]
    rows: list[StepRow]
    contacts_per_case: float | None = Field(description="Sasaran sedikitnya 20 (target at least 20)", examples=[12.5])


class CascadePerson(BaseModel):
    """Seseorang di satu langkah (a person at a step)."""

    person_id: str
    who: Who | None = Field(None, description="Hanya bila diminta dengan `names=true` (only when asked for)")
    village: str | None
    on: date = Field(description="Tanggal fakta pertamanya di langkah ini (first fact of the step)")
    resources: list[str] = Field(description="Catatan yang boleh Anda buka (records you may open)")


class CascadePage(BaseModel):
    """Orang di satu langkah (persons at a step)."""

    step: TbStep
    state: Reached
    items: list[CascadePerson]
    withheld: int | None = Field(
        description="Yang tidak boleh Anda lihat; hanya bagi yang melihat angka penuh (those you may not see)"
    )
    next: str | None = Field(None, description="Isi `after` untuk halaman berikutnya (next page)")
