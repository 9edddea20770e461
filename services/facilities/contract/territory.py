"""Who answers for whom, where nobody does, and what the rule of the day demands."""

from datetime import date

from pydantic import BaseModel, Field

from services.facilities.contract.areas import Area
from services.kernel.ids import AreaCode, FacilityCode, VillageCode


class Place(BaseModel):
    """Satu wilayah, singkat (an area in short)."""

    code: AreaCode = Field(examples=["141001"])
    name: str = Field(examples=["Tebing Tinggi"])


class Post(BaseModel):
    """Satu faskes, singkat (a facility in short)."""

    code: FacilityCode = Field(examples=["P1410010101"])
    name: str = Field(examples=["Puskesmas Selatpanjang"])


class Answering(BaseModel):
    """Penanggung jawab satu desa pada satu hari (who answers for a village on a day)."""

    village: Area
    kecamatan: Place | None
    puskesmas: Post | None = Field(description="null = tidak ada pada hari itu (nobody that day)")
    since: date | None = Field(None, description="Sejak kapan (since)")
    pustu: list[Post] = Field(description="Pustu/unit desa bagi desa ini (village units)")
    posyandu: list[Post] = Field(description="Posyandu di desa ini (posyandu)")


class Responsible(BaseModel):
    """Jawaban atas: siapa penanggung jawab desa ini pada hari itu? (who answered for the village that day?)"""

    village: VillageCode = Field(description="Kode yang ditanyakan (the code asked)")
    on: date
    answers: list[Answering] = Field(
        description="Satu, atau beberapa bila kode lama kini beberapa desa (several when the old code became several)"
    )


class Gap(BaseModel):
    """Hari-hari sebuah desa tanpa puskesmas penanggung jawab (days nobody answers for a village)."""

    village: VillageCode
    name: str
    kecamatan: AreaCode | None
    first: date = Field(description="Hari pertama tanpa penanggung jawab (first day)")
    last: date = Field(description="Hari terakhir di dalam masa yang ditanyakan (last day within the span)")
    days: int
    reason: str | None = Field(None, description="Alasan yang dicatat (the reason given)")


class Gaps(BaseModel):
    """Celah wilayah kerja (gaps of the catchments)."""

    first: date
    last: date
    villages: int = Field(description="Desa yang berlaku di dalam masa itu (villages in force)")
    gaps: list[Gap]


class TerritoryRule(BaseModel):
    """Aturan wilayah pada suatu masa (the rule of territory, dated)."""

    valid_from: date = Field(examples=["2024-12-31"])
    regulation: str = Field(min_length=3, max_length=200, examples=["Permenkes 19/2024"])
    puskesmas_per_kecamatan: int = Field(1, ge=0, le=100, description="Paling sedikit (at least)", examples=[1])
    several_allowed: bool = Field(
        True, description="Boleh lebih menurut kebutuhan, penduduk, aksesibilitas (more by need)", examples=[True]
    )
    pustu_per_desa: int = Field(1, ge=0, le=100, description="Paling sedikit (at least)", examples=[1])
    posyandu_per_desa: int = Field(1, ge=0, le=100, description="Paling sedikit (at least)", examples=[1])


class KecamatanPosts(Place):
    """Satu kecamatan dan puskesmas di dalamnya (a kecamatan and its puskesmas)."""

    puskesmas: list[Post]


class Across(Post):
    """Puskesmas yang wilayah kerjanya melintasi kecamatan (a catchment across kecamatan)."""

    kecamatan: list[Place]


class TerritoryReport(BaseModel):
    """Keadaan wilayah terhadap aturan pada satu hari (the territory against the rule of a day)."""

    on: date
    rule: TerritoryRule | None = Field(description="Aturan yang berlaku; null = belum ada (none yet)")
    met: bool = Field(description="Tiap kecamatan cukup puskesmas, tiap desa ada penanggung jawab (rule met)")
    kecamatan: int = Field(description="Banyaknya kecamatan (how many)")
    villages: int = Field(description="Banyaknya desa/kelurahan (how many)")
    kecamatan_without: list[KecamatanPosts] = Field(description="Puskesmas kurang dari aturan (fewer than the rule)")
    kecamatan_with_several: list[KecamatanPosts] = Field(description="Lebih dari satu puskesmas (several)")
    villages_uncovered: list[Place] = Field(description="Desa tanpa penanggung jawab (nobody answers)")
    puskesmas_without_villages: list[Post] = Field(description="Puskesmas tanpa wilayah kerja (no villages)")
    across_kecamatan: list[Across] = Field(description="Wilayah kerja lintas kecamatan (across kecamatan)")
    villages_without_pustu: list[Place] = Field(description="Desa yang pustunya kurang dari aturan (too few pustu)")
    villages_without_posyandu: list[Place] = Field(description="Desa yang posyandunya kurang (too few posyandu)")
    unlinked: list[Post] = Field(description="Pustu/posyandu yang tidak bernaung (hangs on nobody)")
