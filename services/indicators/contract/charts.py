"""Numbers as charts: a year month by month, PWS, ranking, years and regulations side by side, who paid and who did."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from services.indicators.contract.numbers import Numbers, Target
from services.indicators.contract.standards import ItemShown
from services.indicators.contract.words import Words

SUPPRESSED = "Ada yang disembunyikan karena terlalu sedikit orang (small cells)"
Against = Literal["official", "registered"]
Whose = Literal["public", "private", "both", "none", "unknown"]


class Chart(BaseModel):
    """Indikator mana, kapan, saringan apa (which indicator, when, narrowed how)."""

    standard: str = Field(examples=["spm-08.permenkes-6-2024"])
    id: str = Field(examples=["spm-08"])
    set: str = Field(examples=["permenkes-6-2024"])
    title: Words
    regulation: str
    year: int = Field(examples=[2026])
    as_of: date
    narrowed: dict[str, str] = Field({}, description="Saringan yang dipakai (filters in use)")
    better: Literal["more", "less"] = Field(
        "more", description="less: angka ini banyaknya masalah; tanpa garis dan status, yang terendah lebih dahulu "
        "(counts a problem: no line, no status, the lowest first)"
    )  # fmt: skip


class Point(BaseModel):
    """Satu bulan (one month)."""

    month: int = Field(description="0: bawaan dari tahun sebelumnya (carried in)", examples=[10])
    new: int | None = Field(description="Terlayani lengkap dalam bulan itu (served in the month)", examples=[12])
    served: int | None = Field(description="Kumulatif (cumulative)", examples=[96])
    coverage: float | None = Field(description="Kumulatif ÷ sasaran riil × 100", examples=[61.15])
    official_coverage: float | None = Field(description="Kumulatif ÷ sasaran resmi × 100", examples=[58.4])
    line: float = Field(description="Garis target: target ÷ 12 × bulan, persen (the line)", examples=[83.33])


class Trend(Chart):
    """Setahun, bulan demi bulan (a year, month by month)."""

    goal: float = Field(description="Target setahun, persen (the year's target)", examples=[100.0])
    eligible: int | None = Field(examples=[157])
    official: Target | None = None
    points: list[Point]
    as_it_stood: bool = Field(
        False,
        description="Angka ini dapat turun lagi (dipenuhi tiap bulan, atau diukur ulang): tiap titik adalah keadaan "
        "pada akhir bulan itu; kosong selagi bulan itu dihitung (each point is how its month ended; null while it is "
        "being counted)",
    )
    suppressed: bool = Field(False, description=SUPPRESSED)


class Bar(BaseModel):
    """Satu tempat dalam grafik PWS (one place of the PWS chart)."""

    code: str = Field(examples=["1410011001"])
    name: str | None = Field(None, examples=["Selatpanjang Kota"])
    rank: int | None = Field(description="Urutan; yang sama berbagi tempat (place, shared by equals)", examples=[1])
    served: int | None = Field(description="Kumulatif sampai bulan itu (cumulative)", examples=[24])
    whole: int | None = Field(description="Penyebutnya (its denominator)", examples=[30])
    coverage: float | None = Field(examples=[80.0])
    this_month: int | None = Field(examples=[4])
    last_month: int | None = Field(description="null: Januari (January)", examples=[3])
    direction: Literal["up", "same", "down"] | None = Field(
        description="Bulan ini terhadap bulan lalu (this month against the last)"
    )
    status: Literal["Baik", "Cukup", "Kurang", "Jelek"] | None = Field(
        description="Baik: di atas garis, tidak turun; Kurang: di atas, turun; Cukup: di bawah, naik; "
        "Jelek: di bawah, tidak naik (good, poor, fair, bad)"
    )
    short: int | None = Field(
        description="Masih kurang sekian untuk mencapai garis (how many short of the line)", examples=[1]
    )
    suppressed: bool = Field(False, description=SUPPRESSED)


class Pws(Chart):
    """Grafik PWS: cakupan kumulatif tiap tempat, dari yang tertinggi (cumulative coverage, highest first)."""

    by: str = Field(examples=["village"])
    month: int = Field(examples=[11])
    against: Against = Field(description="Penyebut yang dipakai (which denominator)")
    goal: float = Field(description="Target setahun, persen (the year's target)", examples=[100.0])
    line: float = Field(description="Garis target bulan itu, persen (the line)", examples=[91.67])
    whole: Bar = Field(description="Seluruhnya (all of them)")
    bars: list[Bar]


class Ranked(BaseModel):
    """Satu tempat dalam peringkat (one place of the ranking)."""

    rank: int | None = Field(examples=[1])
    code: str = Field(examples=["P1410010101"])
    name: str | None = Field(None, examples=["Puskesmas Selatpanjang"])
    eligible: int | None = Field(examples=[157])
    served: int | None = Field(examples=[96])
    official: Target | None = None
    coverage: float | None = Field(description="Menurut `against` (by `against`)", examples=[61.15])
    gap: float | None = Field(description="Selisih dengan seluruhnya, poin persen (points from the whole)")
    suppressed: bool = Field(False, description=SUPPRESSED)


class Ranking(Chart):
    """Peringkat tempat menurut capaian (places by coverage)."""

    by: str = Field(examples=["puskesmas"])
    against: Against
    total: Numbers
    rows: list[Ranked]


class YearNumbers(BaseModel):
    """Satu tahun (one year)."""

    year: int = Field(examples=[2025])
    as_of: date
    total: Numbers
    month: int = Field(description="Sampai bulan ini dibandingkan (compared up to this month)", examples=[11])
    to_month: int | None = Field(description="Kumulatif sampai akhir bulan itu (cumulative to its end)", examples=[80])
    to_month_coverage: float | None = Field(examples=[52.3])
    change: float | None = Field(
        description="Selisih `to_month_coverage` dengan tahun sebelumnya, poin persen (points from the year before)"
    )


class Years(BaseModel):
    """Tahun ke tahun (year on year)."""

    standard: str
    title: Words
    years: list[YearNumbers]


class SetNumbers(BaseModel):
    """Satu kumpulan aturan (one set of rules)."""

    standard: str
    set: str = Field(examples=["permenkes-4-2019"])
    title: Words
    regulation: str
    formula: Words
    in_force: bool = Field(description="Berlaku untuk tahun itu (in force in the year)")
    total: Numbers
    items: list[ItemShown]


class Sets(BaseModel):
    """Peraturan lama dan baru, atau varian, bersisian untuk tahun yang sama (two regulations for one year)."""

    id: str = Field(examples=["spm-01"])
    year: int
    as_of: date
    sets: list[SetNumbers]


class Doer(BaseModel):
    """Siapa yang memenuhi butirnya (whose facilities met items)."""

    by: Whose = Field(
        description="Pemerintah saja, swasta saja, keduanya, belum ada, faskes tak terdaftar (public only, private "
        "only, both, nobody yet, facility not registered)"
    )
    units: int | None = Field(examples=[40])
    served: int | None = Field(examples=[22])


class PayerNumbers(BaseModel):
    """Satu status JKN (one JKN status); tiap satuan dihitung sekali (each unit once)."""

    payer: str = Field(description="active, inactive, unknown; * seluruhnya (all)", examples=["active"])
    eligible: int | None = Field(examples=[90])
    served: int | None = Field(examples=[51])
    coverage: float | None = Field(examples=[56.67])
    doers: list[Doer]
    suppressed: bool = Field(False, description=SUPPRESSED)


class JknContribution(Chart):
    """Sumbangan JKN: tiap angka menurut penjamin dan faskes pemerintah atau swasta (payer by owner of facility)."""

    total: PayerNumbers
    payers: list[PayerNumbers]
