"""Performance-based capitation (KBK) as it stands before BPJS computes it."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.indicators.contract.units import Who
from services.indicators.contract.words import Words

Figure = Literal["contact", "rrns", "rppt"]
MembersFrom = Literal["list", "known"]


class KbkPart(BaseModel):
    """Satu kelompok Prolanis dalam RPPT (one Prolanis group)."""

    code: Literal["dm", "ht"]
    controlled: int | None = Field(description="Peserta terkendali bulan ini (controlled)", examples=[3])
    members: int | None = Field(description="Peserta Prolanis (enrolled)", examples=[40])
    members_from: MembersFrom
    measured: int | None = Field(description="Sudah diukur bulan ini (measured this month)", examples=[12])
    percent: float | None = Field(examples=[7.5])
    needed: int | None = Field(description="Lagi, bila kelompok ini saja yang bertambah (more, in this group alone)")
    links: dict[str, str] = Field(description="Orang di baliknya (the people behind it)")


class KbkForecast(BaseModel):
    """Perkiraan sampai akhir bulan, dengan hitungannya (forecast with its arithmetic)."""

    until: date = Field(description="Hari terakhir bulan itu (last day)")
    needed: int | None = Field(description="Kontak yang masih diperlukan (contacts still needed)", examples=[212])
    needed_per_day: float | None = Field(examples=[26.5])
    pace_per_day: float | None = Field(description="Laju sampai kini (pace so far)", examples=[44.1])
    projected: int | None = Field(description="Bila laju tetap (if the pace is kept)", examples=[1323])
    projected_value: float | None = Field(examples=[132.3])
    projected_rating: int | None = Field(examples=[1])


class KbkFigure(BaseModel):
    """Satu dari tiga angka KBK (one of the three)."""

    code: Figure
    title: Words
    formula: Words
    unit: Literal["‰", "%"]
    value: float | None = Field(description="Kosong bila ditahan atau tanpa peserta (null: withheld, or nobody)")
    count: int | None
    of: int | None
    target: float = Field(examples=[150])
    rating: int | None = Field(ge=1, le=4)
    weight: float = Field(examples=[0.4])
    words: Words | None = Field(description="Hitungannya dengan kata-kata (the arithmetic in words)")
    forecast: KbkForecast | None = Field(None, description="Hanya bulan berjalan (the running month)")
    parts: list[KbkPart] = []
    unjudged: int | None = Field(None, description="Rujukan tanpa daftar diagnosis hari itu (could not be judged)")
    links: dict[str, str] = Field({}, description="Orang di balik angkanya (the people behind it)")


class KbkRow(BaseModel):
    """KBK satu FKTP pada satu bulan (one first-level facility's month)."""

    facility: str = Field(examples=["P1410010101"])
    name: str = Field(examples=["Puskesmas Selatpanjang"])
    kind: str = Field(examples=["puskesmas"])
    members: int = Field(description="Peserta terdaftar, penyebut angka kontak (registered members)", examples=[9876])
    members_from: MembersFrom = Field(
        description="list: daftar bulan itu yang diterima; known: belum ada daftar, peserta yang kami ketahui"
    )
    list_version: int | None = None
    figures: list[KbkFigure]
    score: float | None = Field(description="Jumlah bobot × nilai (sum of weight × rating)", examples=[3.1])
    percent: int | None = Field(description="Bagian kapitasi yang dibayar (part paid)", examples=[95])
    adjusts: bool | None = Field(description="Menyesuaikan pembayaran FKTP ini; kosong = belum pasti (null: unsure)")
    why: Words = Field(description="Mengapa (tidak) menyesuaikan (why)")
    suppressed: bool = Field(False, description="Ada yang ditahan: kurang dari 5 orang (something is withheld)")


class Kbk(BaseModel):
    """KBK semua FKTP pada satu bulan (every first-level facility's month)."""

    month: str = Field(examples=["2026-11"])
    as_of: date
    complete: bool = Field(description="Bulannya sudah berakhir (the month has ended)")
    closes_on: date = Field(description="Isian ditutup pada akhir hari ini (entries close)")
    known_at: datetime | None = Field(description="Menurut pengetahuan saat itu; kosong = sekarang (as known then)")
    source: str
    verify: str | None = Field(description="Yang belum dipastikan dari naskahnya (not checked against the text)")
    rows: list[KbkRow]


class KbkChange(BaseModel):
    """Yang berubah sejak ditutup (what has changed since closing)."""

    code: Figure
    was: float | None
    now: float | None
    count_was: int | None
    count_now: int | None
    of_was: int | None
    of_now: int | None


class KbkDetail(Kbk):
    """KBK satu FKTP: bulan itu, dan saat ditutup bila sudah lewat (one facility, with what was known at closing)."""

    closed: KbkRow | None = Field(
        None, description="Menurut yang diketahui saat isian ditutup; kosong bila belum (as known at closing)"
    )
    closed_at: datetime | None = None
    restated: list[KbkChange] = Field([], description="Yang menjadi lain sesudah ditutup (restated since)")


class KbkPerson(BaseModel):
    """Satu orang di balik angka KBK (one person behind a figure)."""

    person_id: str
    who: Who | None = Field(None, description="Hanya bila diminta dengan `names=true` (only when asked for)")
    village: str | None
    on: date | None = Field(description="Kontak pertama, rujukan, atau pengukuran terakhir (when)")
    value: str | None = Field(None, description="Nilai yang menentukan (the deciding value)", examples=["132/78 mmHg"])
    resources: list[str] = Field(description="Catatan yang boleh Anda buka (records you may open)")


class KbkPersons(BaseModel):
    """Orang di balik satu angka (the people behind a figure)."""

    facility: str
    month: str
    figure: str
    items: list[KbkPerson]
    withheld: int | None = Field(
        description="Yang tidak boleh Anda lihat; hanya bagi yang melihat angka penuh (those you may not see)"
    )
    next: str | None = None


class CapitationReason(BaseModel):
    """Satu sebab selisih (one reason of the difference)."""

    code: Literal["members", "tariff", "band", "rounding"]
    rupiah: int = Field(description="Rupiah yang dijelaskan sebab ini (rupiah it explains)", examples=[-120000])
    words: Words


class Capitation(BaseModel):
    """Kapitasi yang diharapkan dan menurut daftar BPJS, rupiah bulat (expected and listed, whole rupiah)."""

    facility: str
    name: str
    kind: str
    month: str
    members: int = Field(description="Peserta aktif yang menjadi dasar (active members it rests on)")
    members_from: MembersFrom
    tariff: int = Field(description="Rupiah per peserta (per member)", examples=[7000])
    tariff_why: Words
    percent: int = Field(description="Bagian menurut KBK; 100 bila tidak menyesuaikan (part by KBK)")
    expected: int = Field(description="peserta × tarif × bagian (members × tariff × part)", examples=[69_132_000])
    at_stake: int = Field(description="Yang hilang karena KBK di bawah 100 % (lost by KBK)", examples=[3_638_526])
    list_members: int | None = Field(description="Peserta yang dibayar menurut daftar (members paid for)")
    list_amount: int | None = Field(description="Rupiah menurut daftar (by the list)")
    difference: int | None = Field(description="Daftar dikurangi harapan (list minus expected)")
    reasons: list[CapitationReason] = Field(description="Jumlahnya tepat selisihnya (they add up to the difference)")
    source: str
