"""Where a referral may go: ranked facilities with the reasons for their rank; what a first-level diagnosis asks for."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.referrals.contract.words import Kind, Urgency


class Words(BaseModel):
    """Kata dalam dua bahasa (words in both languages)."""

    id: str = Field(examples=["12,4 km"])
    en: str = Field(examples=["12.4 km"])


class Weighed(BaseModel):
    """Satu alasan peringkat (one reason for the rank)."""

    name: str = Field(
        description="competence, services, open, distance, capacity, jkn, agreement, answers, acceptance",
        examples=["distance"],
    )
    share: float | None = Field(
        description="0 sampai 1; null = tidak diketahui (null = not known)", examples=[0.62], ge=0, le=1
    )
    weight: int = Field(description="Bobot pada hari itu (weight on that day)", examples=[15])
    points: float = Field(description="Bobot kali nilai (weight times share)", examples=[9.3])
    words: Words


class CandidateShown(BaseModel):
    """Satu calon tujuan (one candidate)."""

    rank: int = Field(examples=[1])
    facility: str = Field(examples=["R1410010401"])
    name: str = Field(examples=["RSUD Kepulauan Meranti"])
    kind: str = Field(examples=["rs"])
    hospital_class: str | None = Field(examples=["C"])
    distance_km: float | None = Field(description="Jarak lurus (as the crow flies)", examples=[2.1])
    points: float = Field(description="0 sampai 100 (0 to 100)", examples=[81.5])
    criteria: list[Weighed]


class Excluded(BaseModel):
    """Faskes yang tidak menjadi calon, dan sebabnya (a facility that is no candidate, and why)."""

    facility: str
    name: str
    kind: str
    reasons: list[Words]


class Needed(BaseModel):
    """Layanan yang diperlukan menurut registri, dan karena baris mana (a service needed, as the registry says)."""

    model_config = ConfigDict(from_attributes=True)

    service: str = Field(examples=["kia"])
    name: str = Field(examples=["Kesehatan ibu dan anak"])
    because: str = Field(description="Baris daftar yang mengatakannya (the row that says so)", examples=["O00-O99"])
    urgency: str = Field(examples=["any"])
    verified: bool


class CandidatesShown(BaseModel):
    """Calon tujuan rujukan menurut peringkat, tanpa orang di dalamnya (ranked candidates; no person in it)."""

    diagnosis: str = Field(examples=["O14.1"])
    kind: Kind | None
    urgency: Urgency
    at: datetime = Field(description="Kapan dibutuhkan (when it is needed)")
    on: date = Field(description="Hari yang aturan dan datanya dipakai (the day of rules and facts)")
    needs: list[Needed] = Field(description="Layanan yang diperlukan (needed services)")
    found: int = Field(description="Banyaknya calon, juga yang tidak ditampilkan (all candidates)", examples=[4])
    items: list[CandidateShown]
    excluded: list[Excluded] | None = Field(description="Dengan `all=true` (with `all=true`)")


class TaccChoice(BaseModel):
    """Satu pilihan TACC menurut PCare (a choice of TACC)."""

    code: Literal[1, 2, 3, 4]
    name: Words
    reasons: list[str] = Field(
        description="Teks yang diterima; kosong pada 3: 'ICD-10 - nama' (accepted texts; 3 takes 'ICD-10 - name')"
    )


class Competence(BaseModel):
    """Apakah diagnosis ini kompetensi FKTP, dan apa yang harus disertakan bila dirujuk ke atas (is a diagnosis the
    first level's own, and what must come with it when it is referred upward)."""

    diagnosis: str = Field(examples=["I10"])
    on: date
    non_specialist: bool | None = Field(description="null = daftar belum ada (null: there is no list yet)")
    tacc: list[TaccChoice] = Field(description="Kosong bila tidak diminta (empty when nothing is asked)")
    limit: list[Words] = Field(description="Contoh keterbatasan faskes untuk `limit` (examples of facility limits)")


class Warned(BaseModel):
    """Peringatan tentang tujuan; rujukan tetap terkirim (a warning about the destination; it is sent all the same)."""

    code: Literal["service", "closed", "jkn"] = Field(examples=["closed"])
    words: Words
