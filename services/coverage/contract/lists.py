"""Monthly lists: what is told of a file, of what it says, and of how two months differ."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Month = Annotated[str, Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])]
Sender = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9-]{1,39}$",
        description="Pengirim daftar, sebagai kode (who sends the list)",
        examples=["bpjs-selatpanjang"],
    ),
]
Change = Literal["in", "out", "moved-in", "moved-out", "status", "segment"]


class RefusedRow(BaseModel):
    """Baris yang ditolak atau diperingatkan (a row refused, or taken with a warning)."""

    line: int = Field(description="Nomor baris di berkas (line in the file)", examples=[7])
    field: str | None = Field(None, examples=["card"])
    reason: str = Field(examples=["nomor kartu harus 13 angka"])
    warning: bool = False


class MappingSaved(BaseModel):
    """Pemetaan kolom satu pengirim (how one sender heads its columns)."""

    sender: str
    kind: str
    version: int
    columns: dict[str, str] = Field(description="Isian → judul kolom (field to heading)")
    saved_by: str
    saved_at: datetime


class MappingWanted(BaseModel):
    """Pemetaan yang disimpan (the mapping to keep)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"columns": {"card": "No Kartu", "nik": "NIK", "facility": "Kode Faskes", "segment": "Jenis Peserta",
                             "status": "Status", "class": "Kelas", "village": "Kode Desa", "prolanis": "Prolanis"}}
            ]
        },
    )  # fmt: skip

    columns: Annotated[
        dict[Annotated[str, Field(max_length=20)], Annotated[str, Field(min_length=1, max_length=100)]],
        Field(max_length=20),
    ]


class MappingGuessed(BaseModel):
    """Judul kolom sebuah berkas dan tebakan artinya (a file's headings and what they may mean)."""

    headings: list[str]
    columns: dict[str, str] = Field(description="Isian → judul kolom, ditebak atau tersimpan (field to heading)")
    saved: bool = Field(description="Sudah disimpan untuk pengirim ini (kept for this sender already)")
    ignored: list[str] = Field(description="Kolom yang tidak dibaca (columns not read)")
    lacking: list[str] = Field(description="Isian wajib yang belum ada kolomnya (fields still without a column)")
    fields: dict[str, str] = Field(description="Semua isian yang dikenal (all fields there are)")


class ListOut(BaseModel):
    """Satu berkas daftar bulanan (one file of a monthly list)."""

    id: str
    kind: str
    sender: str
    month: str
    as_of: date = Field(description="Daftar ini berbicara tentang tanggal itu (the day the list speaks of)")
    state: str = Field(
        description="reading, applying (pernyataan sedang diterapkan), loaded, trial (uji coba), refused, failed",
        examples=["loaded"],
    )
    mode: str
    rows: int = Field(description="Baris dibaca (rows read)")
    loaded: int
    refused: int
    warned: int
    matched: int | None = Field(
        description="Dikenal di rekam bersama; bagi dinas dan konektor (known to the record; not told to facilities)"
    )
    applied: int = Field(description="Sudah menjadi pernyataan (made into statements)")
    mapping: dict[str, str] = Field(description="Pemetaan yang dipakai (the mapping it was read by)")
    because: str | None = None
    by: str
    at: datetime
    repeated: bool = Field(False, description="Berkas yang sama sudah dimuat (the same file was loaded before)")
    refusals: list[RefusedRow] = Field([], description="Paling banyak 1.000 baris (the first 1,000)")


class PartOut(BaseModel):
    """Isi daftar satu FKTP dan bulan (what a list says of one facility and month)."""

    list: str
    kind: str
    bpjs_code: str
    facility: str | None
    name: str | None
    month: str
    version: int
    current: bool
    members: int
    active: int | None
    segments: dict[str, int]
    dm: int | None
    ht: int | None
    norm: int | None
    amount: int | None


class Side(BaseModel):
    """Satu bulan dari dua yang dibandingkan (one of the two months)."""

    month: str
    version: int | None = Field(description="Versi daftar; null: tidak ada daftar, atau seluruh kabupaten")
    members: int


class Difference(BaseModel):
    """Beda dua bulan; in − out = selisih jumlah (how two months differ; in − out = change of count)."""

    facility: str | None = Field(description="Kode BPJS; null: seluruh kabupaten (null: the whole district)")
    before: Side
    after: Side
    into: int = Field(serialization_alias="in", description="Masuk daftar ini (in)")
    out: int = Field(description="Keluar dari daftar ini (out)")
    moved_in: dict[str, int] = Field(description="Dari FKTP mana pindah masuk (moved in, from which FKTP)")
    moved_out: dict[str, int] = Field(description="Ke FKTP mana pindah (moved out, to which FKTP)")
    stayed: int
    status_changed: int
    segment_changed: int


class DifferenceRow(BaseModel):
    """Satu peserta yang berubah (one member who changed)."""

    line: int = Field(description="Baris di daftar (line in the list)")
    list: str
    card: str | None = Field(description="Nomor kartu, disamarkan kecuali diminta dan berhak (masked)")
    person_id: str | None = Field(description="Bila dikenal dan boleh dilihat (when known and yours to see)")
    from_facility: str | None
    to_facility: str | None
    status_before: str | None
    status_after: str | None
    segment_before: str | None
    segment_after: str | None


class DifferenceRows(BaseModel):
    """Satu halaman (a page)."""

    rows: list[DifferenceRow]
    next: int | None = Field(description="Lanjutkan dengan after= ini (go on after this)")


class Sum(BaseModel):
    """Satu jumlah (one sum)."""

    facility: str | None = None
    bpjs_code: str | None = None
    segment: str | None = None
    village: str | None = None
    few: bool = Field(False, description="Beberapa kelompok kecil dijumlahkan (several small groups together)")
    registered: int
    active: int | None


class Sums(BaseModel):
    """Jumlah peserta menurut daftar satu bulan (members by the lists of a month)."""

    month: str
    by: str
    facilities: int = Field(description="Banyaknya FKTP yang daftarnya ada (facilities with a list)")
    registered: int
    active: int | None
    rows: list[Sum]
