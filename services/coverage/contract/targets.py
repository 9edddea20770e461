"""Where a referral goes in BPJS' words: what only a person can choose beside the referral itself."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.coverage.contract.told import MissingShown

Code = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9.]{1,10}$")]


class NewTarget(BaseModel):
    """Tujuan rujukan menurut BPJS (a referral's target in BPJS' words): subspesialis dan sarana, atau khusus."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"subspecialist": "3", "means": "1", "day": "2026-11-24"}]},
    )

    day: date | None = Field(None, description="tglEstRujuk; kosong: hari dibutuhkan atau hari dikirim (planned day)")
    subspecialist: Code | None = Field(None, description="kdSubSpesialis", examples=["3"])
    means: Code | None = Field(None, description="kdSarana", examples=["1"])
    special: Code | None = Field(None, description="kdKhusus: IGD, HDL, JIW, … (special need)", examples=["HDL"])
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None = None
    area: Annotated[str, StringConstraints(pattern=r"^\d{4}$")] | None = Field(
        None, description="SRBK: kabupaten/kota jejaring rujukan, 4 angka (area to refer within)", examples=["1410"]
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.special is None and self.subspecialist is None and self.area is None and self.day is None:
            raise ValueError("isi subspecialist dan means, atau special / give subspecialist and means, or special")
        if self.special is not None and self.means is not None:
            raise ValueError("rujukan khusus tanpa means / a special referral goes without means")
        return self


class TargetShown(BaseModel):
    """Tujuan rujukan sebagaimana ditetapkan (a target as chosen)."""

    referral_id: str
    facility: str
    day: date | None
    subspecialist: str | None
    means: str | None
    special: str | None
    note: str | None
    area: str | None
    by: str = Field(description="Akun yang menetapkan (who chose)")
    at: datetime = Field(description="Kapan (when)")


class CriterionShown(BaseModel):
    """Satu kriteria rujukan yang ditawarkan untuk diagnosis ini (a criterion offered for the diagnosis)."""

    kind: Literal["therapy", "procedure", "workup"] | None = Field(description="Kata kita; null: tidak dikenal di sini")
    text: str = Field(description="Kata BPJS", examples=["Upaya Diagnosis"])


class AreaShown(BaseModel):
    """Satu wilayah jejaring rujukan (an area to refer within)."""

    code: str = Field(examples=["1410"])
    name: str


class CriteriaShown(BaseModel):
    """Yang ditawarkan rujukan berbasis kompetensi saat ini, tidak disimpan (what is offered now; not kept)."""

    referral_id: str
    by_competency: bool = Field(description="Rujukan faskes ini hari ini lewat jalur ini (SRBK is the line's sender)")
    criteria: list[CriterionShown] = []
    areas: list[AreaShown] = []
    missing: list[MissingShown] = Field(
        [], description="Yang belum ada sehingga BPJS tidak dapat ditanya atau menjawab"
    )


class CandidateShown(BaseModel):
    """Satu faskes tujuan yang ditawarkan (a destination offered)."""

    facility: str | None = Field(None, description="Kode faskes kita, untuk to_facility pada rujukan (our code)")
    bpjs_code: str | None
    satusehat_code: str | None
    name: str | None
    address: str | None
    phone: str | None
    care_class: str | None
    city: str | None
    distance: float | None = Field(description="Menurut BPJS; null: tidak diketahui (not known)")
    schedule: str | None
    quota: int | None = Field(description="kapasitas; 0: tidak menerima (takes nobody)")
    open: bool = Field(description="Dapat dipilih: punya kedua kode dan kuotanya bukan 0 (can be chosen)")


class CandidatesShown(BaseModel):
    """Faskes tujuan yang ditawarkan saat ini, yang dapat dipilih lebih dahulu (offered now, those open first)."""

    referral_id: str
    by_competency: bool
    candidates: list[CandidateShown] = []
    missing: list[MissingShown] = []
