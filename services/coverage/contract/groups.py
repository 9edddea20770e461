"""Prolanis groups (kelompok) and screenings (skrining) as BPJS holds them. No name and no card number comes in."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.coverage.contract.eligibility import BpjsCode
from services.kernel.ids import FacilityCode
from services.kernel.settings import Settings

ActivityId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,20}$")]
Said = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
EXAMPLE_MONTH = f"{Settings().clock().today():%Y-%m}"
"""This month, in which the documentation's example activity is entered."""
_LINE = "Jalur faskes mana; bawaan faskes pada token (whose line)"


class Programme(StrEnum):
    """Program Prolanis. Tertutup (closed)."""

    DM = "DM"
    HT = "HT"


class ActivityKind(StrEnum):
    """Jenis kegiatan menurut BPJS (kdKegiatan). Tertutup (closed)."""

    EXERCISE = "01"
    EDUCATION = "10"
    BOTH = "11"


class Club(BaseModel):
    """Satu klub Prolanis (a club)."""

    id: int = Field(description="clubId")
    programme: Programme
    name: str | None
    since: date | None = Field(description="tglMulai")
    until: date | None = Field(description="tglAkhir")


class Clubs(BaseModel):
    """Klub milik faskes ini (the facility's clubs)."""

    clubs: list[Club]


class NewActivity(BaseModel):
    """Satu kegiatan kelompok (an activity of a club)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"programme": "HT", "kind": "11", "topic": "Kurangi garam", "speaker": "dr. Rahmat", "place": "Aula"}
            ]
        },
    )

    programme: Programme = Field(description="Kelompok: DM atau HT (kdKelompok)")
    kind: ActivityKind = Field(description="01 senam · 10 penyuluhan · 11 keduanya (exercise, education, both)")
    club: int | None = Field(None, description="clubId; kosong bila faskes hanya punya satu (when there is only one)")
    day: date | None = Field(None, description="tglPelayanan; kosong: hari ini (today)")
    topic: Said = Field("", description="materi")
    speaker: Said = Field("", description="pembicara")
    place: Said = Field("", description="lokasi")
    note: Said = Field("", description="keterangan")
    cost: Annotated[int, Field(ge=0, le=1_000_000_000, description="biaya, rupiah")] = 0
    facility: Annotated[FacilityCode, Field(description=_LINE)] | None = None


class Activity(BaseModel):
    """Satu kegiatan sebagaimana ada di BPJS (an activity as BPJS holds it)."""

    id: str = Field(description="eduId", examples=["26110000001"])
    day: date | None
    kind: BpjsCode | None = Field(description="kegiatan")
    programme: BpjsCode | None = Field(description="kelompok")
    club: int | None = Field(description="clubId")
    topic: str | None
    speaker: str | None
    place: str | None
    note: str | None
    cost: int | None


class Activities(BaseModel):
    """Kegiatan satu bulan (the activities of a month)."""

    month: str
    activities: list[Activity]


class NewParticipant(BaseModel):
    """Siapa yang ikut (who took part): nomor kartunya dicari, tidak dikirim (the card number is looked up)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"person_id": "14100000-0001-8000-a000-000000000000"}]}
    )

    person_id: Annotated[str, Field(min_length=1, max_length=64, description="Id orang di rekam bersama")]
    facility: Annotated[FacilityCode, Field(description=_LINE)] | None = None


class Participant(BaseModel):
    """Satu peserta kegiatan (a participant): nama dan id hanya bila boleh dilihat (as the asker's rights allow)."""

    person_id: str | None = Field(description="null: tidak dikenal rekam, atau tidak boleh dilihat (or not to be seen)")
    name: str | None
    card_end: str | None = Field(description="Empat angka terakhir kartunya (last four digits)", examples=["3334"])


class Participants(BaseModel):
    """Peserta satu kegiatan; kosong bila tidak ada (the participants; empty when there are none)."""

    participants: list[Participant]


class ScreeningSums(BaseModel):
    """Rekap skrining faskes ini, baris menurut BPJS (the screening sums, rows as BPJS gives them)."""

    rows: list[dict[str, Any]] = Field(examples=[[{"penyakit": "Hipertensi", "jmlPeserta": 210, "jmlBerisiko": 31}]])


class Screenings(BaseModel):
    """Skrining seorang peserta, baris menurut BPJS tanpa nama dan nomor (rows without name and numbers)."""

    person_id: str
    rows: list[dict[str, Any]] = Field(examples=[[{"tglSkrining": "03-04-2025", "penyakit": "Hipertensi"}]])
