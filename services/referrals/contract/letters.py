"""The letter outside: other systems' numbers, and what anybody who holds the paper may ask about it."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.referrals.contract.referrals import OtherNumber


class Form(StrEnum):
    """Surat rujukan, atau surat rujuk balik (which letter)."""

    REFERRAL = "referral"
    BACK = "back"


class Standing(StrEnum):
    """Keadaan surat (how a letter stands). `unplaced`: its receiver has not taken the patient, nobody else has yet."""

    VALID = "valid"
    LAPSED = "lapsed"
    UNPLACED = "unplaced"
    REPLACED = "replaced"
    ENDED = "ended"


class NewNumber(BaseModel):
    """Nomor rujukan ini pada sistem lain (this referral's number elsewhere)."""

    model_config = ConfigDict(extra="forbid")

    system: Literal["pcare", "vclaim", "satusehat", "satusehat-servicerequest", "sisrute"] = Field(
        description="Sistem yang memberi nomor (who gave the number)"
    )
    value: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    valid_until: date | None = Field(
        None,
        description="Hari terakhir surat menurut BPJS (tglAkhirRujuk); mengalahkan hitungan sendiri; hanya untuk nomor"
        " BPJS (the letter's last day as BPJS says; wins over our own count; BPJS numbers only)",
    )


class Numbers(BaseModel):
    """Nomor-nomor sebuah rujukan, tanpa isinya (a referral's numbers, without its content)."""

    id: str
    number: str = Field(description="Nomor rujukan (our own)", examples=["ABCD-EF01-2345"])
    numbers: list[OtherNumber] = Field(description="Nomor yang diberi pihak lain (numbers given by others)")
    valid_until: date | None = Field(description="Hari terakhir surat berlaku (last day of the letter's validity)")
    lapsed: bool = Field(description="Masa berlaku surat sudah habis (the letter's validity has ended)")


class PublicLetter(BaseModel):
    """Yang boleh diketahui siapa pun yang memegang suratnya; tanpa pasien (what a holder of the paper may know)."""

    number: str = Field(examples=["ABCD-EF01-2345"])
    form: Form
    leg: int | None = Field(description="Pengiriman keberapa; null pada surat rujuk balik (which sending)")
    standing: Standing
    from_facility: str
    from_name: str
    to_facility: str
    to_name: str
    written_on: date = Field(description="Tanggal surat (the letter's date)")
    valid_until: date | None = Field(description="Berlaku sampai dengan (last day)")


class Claim(BaseModel):
    """Yang tercetak pada surat, tepat satu (what is printed on the letter, exactly one)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"birth_date": "1990-07-01"}]})

    birth_date: date | None = Field(None, description="Tanggal lahir (birth date)", examples=["1990-07-01"])
    nik_end: Annotated[str, StringConstraints(pattern=r"^\d{4}$")] | None = Field(
        None, description="4 angka terakhir NIK (last 4 digits of the NIK)", examples=["0001"]
    )

    @model_validator(mode="after")
    def _one(self) -> "Claim":
        if (self.birth_date is None) == (self.nik_end is None):
            raise ValueError("isi tepat satu dari birth_date, nik_end / give exactly one of birth_date, nik_end")
        return self


class Verdict(BaseModel):
    """Cocok atau tidak; null bila tidak tercatat (match or not; null when not on record)."""

    match: bool | None
