"""Signs that entries may have been made for the figure's sake: asked about by the office, no accusation."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from services.indicators.contract.units import Who
from services.indicators.contract.words import Words


class SignKind(StrEnum):
    """Jenis tanda (kind of sign). Closed list."""

    BULK = "bulk"
    DIGITS = "digits"
    REWRITTEN = "rewritten"
    DEAD = "dead"
    TWICE = "twice"


class DigitTest(BaseModel):
    """Uji angka terakhir (the test of last digits)."""

    concept: str = Field(examples=["bp_systolic"])
    n: int = Field(description="Nilai FKTP ini bulan itu (values)", examples=[180])
    others: int = Field(description="Nilai FKTP lain (values of the others)", examples=[5200])
    chi_square: float
    freedom: int
    p: float = Field(description="Peluang sebesar ini tanpa perbedaan (p value)")
    tests: int = Field(description="Banyaknya uji bulan itu (tests that month)")
    digit: int = Field(description="Angka yang paling berlebih (digit in excess)", examples=[5])
    share: float = Field(description="Bagian angka itu di sini (its share here)", examples=[0.62])
    others_share: float = Field(description="Bagiannya di FKTP lain (elsewhere)", examples=[0.11])


class Sign(BaseModel):
    """Satu tanda di satu FKTP (one sign at one facility)."""

    kind: SignKind
    facility: str
    name: str | None
    on: date | None = Field(None, description="Hari kontak borongan (the day, of bulk contacts)")
    count: int = Field(description="Kontak, nilai, atau pengukuran (how many)", examples=[64])
    of: int | None = Field(None, description="Dari sekian (of so many)", examples=[70])
    words: Words
    test: DigitTest | None = None
    evidence: str = Field(description="Bukti di baliknya (the evidence)")


class Signs(BaseModel):
    """Tanda satu bulan untuk dinas (the signs of a month, for the office)."""

    month: str
    signs: list[Sign]
    tested: int = Field(description="Uji angka yang dilakukan (digit tests done)")
    rules: Words = Field(description="Uji, n terkecil, dan peluang alarm palsu (the tests and their false alarms)")


class Evidence(BaseModel):
    """Satu bukti (one piece of evidence)."""

    person_id: str
    who: Who | None = None
    on: date | None
    at: datetime | None = None
    facility: str
    other_facility: str | None = Field(None, description="Tempat lain pada menit yang sama (elsewhere that minute)")
    was: str | None = Field(None, description="Nilai semula (the value before)", examples=["152/94"])
    now: str | None = Field(None, description="Nilai sesudah ditulis ulang (the value after)", examples=["128/78"])
    changed_at: datetime | None = Field(None, description="Kapan ditulis ulang (when it was rewritten)")
    dead_on: date | None = None
    resources: list[str]


class EvidencePage(BaseModel):
    """Bukti satu tanda (the evidence of a sign)."""

    kind: SignKind
    facility: str
    month: str
    items: list[Evidence]
    withheld: int | None = Field(description="Yang tidak boleh Anda lihat (those you may not see)")
    more: bool = Field(False, description="Masih ada selain yang ditampilkan (there is more)")
