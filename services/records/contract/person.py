"""What plain JSON says of persons: the summary, a provisional registration, its upgrade, what to look at again."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.kernel.ids import Nik, VillageCode

Reason = Literal["unidentified", "foreigner", "newborn", "no-document", "refused"]
Sex = Literal["L", "P"]


class PersonNumber(BaseModel):
    """Satu nomor yang membuktikan orang ini (a number that proves the person)."""

    system: str = Field(description="nik, ihs, jkn, paspor, nik-ibu, atau alamat sistemnya", examples=["nik"])
    value: str


class Provisional(BaseModel):
    """Mengapa belum bernomor, dan sejak kapan (why without a number, since when)."""

    reason: str = Field(description="unidentified, foreigner, newborn, no-document, refused, unstated")
    facility: str
    since: datetime


class PersonSummary(BaseModel):
    """Ringkasan seseorang (a person in short)."""

    person_id: str
    patient_id: str
    name: str | None
    sex: str | None = Field(description="male, female, other, unknown")
    birth_date: date | None
    village: str | None
    numbers: list[PersonNumber]
    provisional: Provisional | None
    also: list[str] = Field(description="Id orang lain yang sudah digabungkan ke sini (ids merged into this person)")


class NewProvisional(BaseModel):
    """Orang tanpa nomor: gawat darurat tak dikenal, WNA, bayi baru lahir (a person without a number)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "reason": "unidentified",
                    "sex": "L",
                    "name": "Tn. X, ditemukan di Pelabuhan",
                    "medical_record": "IGD-7",
                }
            ]
        },
    )
    reason: Reason = Field(
        description="unidentified: tak dikenal; foreigner: WNA tanpa paspor; newborn: bayi belum ber-NIK; "
        "no-document: tidak membawa; refused: menolak memberi"
    )
    sex: Sex | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    birth_date: date | None = None
    mother_nik: Nik | None = Field(default=None, description="Bayi: NIK ibunya (newborn: the mother's NIK)")
    birth_order: Annotated[int, Field(ge=1, le=9)] | None = Field(default=None, description="Anak kembar ke-")
    medical_record: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="Nomor rekam medis di faskes ini (medical record number here)"
    )
    village: VillageCode | None = None


class Known(BaseModel):
    """NIK yang kini diketahui (the NIK that is now known)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"nik": "1410014107900002", "name": "Siti Aminah", "birth_date": "1990-07-01"}]
        },
    )
    nik: Nik
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    birth_date: date | None = None
    sex: Sex | None = None


class Warned(BaseModel):
    """Satu hal yang perlu diperiksa petugas (what to look at again)."""

    code: str
    pointer: str
    detail: str


class Registered(BaseModel):
    """Orang yang tercatat (the person as recorded)."""

    person_id: str
    patient_id: str
    merged: str | None = Field(default=None, description="Id penggabungan, bila NIK itu sudah ada (merge id)")
    warnings: list[Warned] = []


class ProvisionalPerson(BaseModel):
    """Satu orang sementara dalam daftar tindak lanjut (one provisional person to follow up)."""

    person_id: str
    patient_id: str
    name: str | None
    sex: str | None
    birth_date: date | None
    reason: str
    facility: str
    since: datetime
    days: int = Field(description="Sudah berapa hari (age in days)")


class ProvisionalPersons(BaseModel):
    """Daftar orang sementara, terlama dulu (provisional persons, oldest first)."""

    persons: list[ProvisionalPerson]
    next: str | None


class Doubted(BaseModel):
    """Satu pendaftaran yang perlu diperiksa (a registration to look at again)."""

    person_id: str
    patient_id: str
    name: str | None
    facility: str
    at: datetime
    warnings: list[Warned]


class Doubts(BaseModel):
    """Pendaftaran yang perlu diperiksa, terbaru dulu (newest first)."""

    registrations: list[Doubted]
    next: str | None
