"""The family folder on the wire: households, their members, the visits to their home."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from services.kernel.ids import FacilityCode, VillageCode


class Relation(StrEnum):
    """Relation to the head of the family, as the family card has it. Closed list."""

    HEAD = "kepala-keluarga"
    HUSBAND = "suami"
    WIFE = "istri"
    CHILD = "anak"
    CHILD_IN_LAW = "menantu"
    GRANDCHILD = "cucu"
    PARENT = "orang-tua"
    PARENT_IN_LAW = "mertua"
    KIN = "famili-lain"
    HELPER = "pembantu"
    OTHER = "lainnya"


class Home(BaseModel):
    """Tempat tinggal satu keluarga (where a household lives)."""

    village: VillageCode | None = Field(None, examples=["1410011001"])
    hamlet: str | None = Field(None, max_length=80, description="Dusun/lingkungan (hamlet)", examples=["Dusun I"])
    rt: str | None = Field(None, max_length=4, examples=["002"])
    rw: str | None = Field(None, max_length=4, examples=["001"])
    posyandu: FacilityCode | None = Field(None, description="Kode posyandu (posyandu)", examples=["Y1410010701"])


class Head(BaseModel):
    """Kepala keluarga (head of the family)."""

    person_id: str
    name: str


class FamilyItem(Home):
    """Satu keluarga di daftar (a household of the list)."""

    id: str
    head: Head | None = Field(description="null = belum dicatat (not recorded yet)")
    members: int = Field(description="Anggota yang boleh Anda lihat (members you may see)")


class Families(BaseModel):
    """Satu halaman daftar keluarga (a page of households)."""

    items: list[FamilyItem]
    next: str | None = Field(None, description="Isi parameter `after` untuk halaman berikutnya (next page's `after`)")


class FamilyMember(BaseModel):
    """Satu anggota keluarga (a member)."""

    person_id: str
    patient_id: str | None = Field(description="Patient di FHIR (the Patient that speaks)")
    name: str
    sex: str | None
    birth_date: date | None
    relation: Relation | None = Field(description="null = belum dicatat (not recorded yet)")
    valid_from: date = Field(description="Anggota sejak (member since)")
    valid_until: date | None = Field(description="Hari terakhir; null = masih (last day)")
    end_reason: str | None = Field(description="Mengapa berakhir: pindah, meninggal (why it ended)")


class HomeVisit(BaseModel):
    """Satu kunjungan rumah (a home visit)."""

    visit_id: str
    person_id: str
    at: datetime | None


class FamilyDetail(Home):
    """Satu keluarga: tempat tinggal, anggota, kunjungan rumah (a household)."""

    id: str
    kk: str | None = Field(description="Nomor KK (family card)")
    version: int
    on: date = Field(description="Hari yang ditanyakan (the day asked)")
    members: list[FamilyMember] = Field(description="Anggota pada hari itu yang boleh Anda lihat (members you may see)")
    home_visits: list[HomeVisit] = Field(description="Kunjungan rumah kepada anggotanya, terbaru dahulu (latest first)")


class NewMember(BaseModel):
    """Anggota dan hubungannya (a member and the relation)."""

    person_id: str = Field(max_length=64, examples=["14100000-0001-8000-a000-000000000000"])
    relation: Relation = Field(examples=["kepala-keluarga"])


class NewFamily(Home):
    """Keluarga seperti adanya sejak suatu hari (a household as it is from a day on)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "village": "1410011001", "hamlet": "Dusun I", "rt": "002", "rw": "001", "posyandu": "Y1410010701",
        "members": [
            {"person_id": "14100000-0001-8000-a000-000000000000", "relation": "istri"},
            {"person_id": "14100000-0002-8000-a000-000000000000", "relation": "kepala-keluarga"},
            {"person_id": "14100000-0003-8000-a000-000000000000", "relation": "anak"},
        ],
    }]})  # fmt: skip

    village: VillageCode = Field(examples=["1410011001"])
    kk: str | None = Field(None, pattern=r"^\d{16}$", description="Nomor KK, bila ada (family card)")
    from_day: date | None = Field(None, description="Sejak hari itu; kosong = hari ini (from that day; default today)")
    members: list[NewMember] = Field(min_length=1, max_length=50)


class Unplaced(BaseModel):
    """Orang yang belum tercatat di keluarga mana pun (a person of no household)."""

    person_id: str
    name: str
    sex: str | None
    birth_date: date | None
    village: VillageCode


class UnplacedPersons(BaseModel):
    """Satu halaman orang tanpa keluarga (a page of persons of no household)."""

    persons: list[Unplaced]
    next: str | None = None
