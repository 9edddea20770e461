"""Weekly surveillance (SKDR): cases by syndrome and epidemiological week, and the signals with their reason."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.indicators.contract.units import Who
from services.indicators.contract.words import Words


class CasesBy(StrEnum):
    """Menurut apa dirinci (what cases are broken down by)."""

    DISTRICT = "district"
    PUSKESMAS = "puskesmas"
    VILLAGE = "village"
    FACILITY = "facility"


class Rule(StrEnum):
    """Alasan sebuah sinyal (why a signal is raised). Closed list."""

    ALERT = "alert"
    RISING = "rising"
    DOUBLED = "doubled"
    MONTH = "month"
    FATALITY = "fatality"


class Syndrome(BaseModel):
    """Satu penyakit SKDR dan parameternya (one disease under watch, with its parameters)."""

    code: str = Field(description="Kode SKDR (code)", examples=["C"])
    concept: str = Field(examples=["skdr_dengue"])
    name: Words
    episode_days: int = Field(
        description="Catatan berjarak sampai sekian hari dari yang sebelumnya adalah kasus yang sama (same case)",
        examples=[14],
    )
    until_age_years: int | None = Field(None, description="Hanya sampai umur ini (only up to this age)")
    alert: int | None = Field(None, description="Sinyal pada sekian kasus seminggu (signal at)", examples=[1])
    rising_weeks: int | None = Field(None, description="Naik sekian minggu berturut-turut (rising weeks)", examples=[3])
    doubles: float | None = Field(None, description="Kali minggu sebelumnya (times the week before)", examples=[2])
    month_doubles: float | None = Field(None, description="Kali rata-rata bulan tahun lalu (times last year's mean)")
    fatality_rise: float | None = Field(None, description="Kenaikan angka kematian kasus, persen (rise of fatality)")
    least: int = Field(1, description="Keempat yang terakhir mulai dari sekian kasus (from so many cases)")
    source: str
    shares_with: list[str] = Field([], description="Kode lain dengan ICD-10 yang sama (codes with the same ICD-10)")


class Signal(BaseModel):
    """Satu sinyal; dinyatakan KLB hanya oleh pejabat (a signal; only officials declare an outbreak)."""

    rule: Rule
    reason: Words
    investigate_by: date = Field(description="Penyelidikan paling lambat, 1×24 jam sejak hari ini (investigate by)")


class Weekly(BaseModel):
    """Kasus satu penyakit di satu tempat (cases of one disease at one place)."""

    code: str = Field(examples=["C"])
    place: str | None = Field(None, description="Kosong = kabupaten (empty: the district)", examples=["P1410010101"])
    name: str | None = None
    cases: int | None = Field(description="Kasus baru minggu itu; kosong bila ditahan (new cases)", examples=[6])
    before: list[int | None] = Field(description="Minggu sebelumnya, terlama dahulu (weeks before, oldest first)")
    deaths: int | None = Field(description="Di antaranya meninggal (of these died)", examples=[0])
    suppressed: bool = Field(False, description="Kurang dari 5, ditahan bagi yang tidak boleh melihat nama (withheld)")
    signals: list[Signal] = []
    link: str | None = Field(None, description="Daftar kasusnya, bila Anda boleh (the list, if you may open it)")


class Week(BaseModel):
    """SKDR satu minggu epidemiologi (one epidemiological week)."""

    week: str = Field(description="Minggu epidemiologi, Minggu–Sabtu; minggu 1 memuat 4 Januari", examples=["2026-W46"])
    since: date
    until: date
    complete: bool = Field(description="Minggu sudah berakhir (the week has ended)")
    report_by: date = Field(description="Laporan paling lambat Senin (report by Monday)")
    weeks_before: list[str] = Field(examples=[["2026-W44", "2026-W45"]])
    by: CasesBy
    district: list[Weekly] = Field(description="Tiap penyakit di kabupaten, juga yang nol (every disease, zero too)")
    rows: list[Weekly] = Field(description="Tempat yang ada kasusnya (places with cases)")
    syndromes: list[Syndrome]
    notes: list[Words]


class Case(BaseModel):
    """Satu kasus: catatan pertama satu episode (one case: the first record of an episode)."""

    person_id: str
    who: Who | None = Field(None, description="Hanya bila diminta dengan `names=true` (only when asked for)")
    code: str
    on: date
    week: str
    village: str | None
    facility: str = Field(description="Faskes yang pertama mencatat (who recorded it first)")
    record: str = Field(description="Diagnosis pertamanya (its first record)", examples=["Condition/abc"])
    records: int = Field(description="Catatan dalam episode ini sampai akhir minggu (records so far)", examples=[2])


class Cases(BaseModel):
    """Daftar kasus (line list)."""

    code: str
    since: date
    until: date
    items: list[Case]
    withheld: int | None = Field(
        description="Kasus yang tidak boleh Anda lihat; hanya bagi yang melihat angka penuh (cases you may not see)"
    )
