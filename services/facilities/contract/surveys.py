"""The satisfaction survey (SKM, Permenpan-RB 14/2017): forms, answers, and the index of satisfaction (IKM)."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.facilities.contract.readiness import Words
from services.kernel.ids import FacilityCode

SURVEY_FORM, SURVEY_ANSWER = "survey_form", "survey_answer"
"""Event types; the subjects are `facility/period` and `facility/period/number`. Free words are in no event."""


class Weight(StrEnum):
    """Which weight an element has: exactly 1 ÷ 9, or the 0.11 the regulation prints. Closed list."""

    EXACT = "exact"
    PRINTED = "printed"


class Channel(StrEnum):
    """How an answer came. Closed list."""

    LINK = "link"
    FILE = "file"
    STAFF = "staff"


class SurveyForm(BaseModel):
    """Survei satu faskes dalam satu periode (one facility's survey in one period)."""

    facility: FacilityCode = Field(examples=["P1410010101"])
    period: str = Field(description="2026, 2026-S1, 2026-Q3, atau 2026-11 (period)", examples=["2026-S1"])
    first_day: date
    last_day: date
    served: int | None = Field(None, description="Orang yang dilayani dalam periode itu (population served)")
    weight: Weight = Field(description="Bobot yang dipakai (weight used)")
    closes_on: date | None = Field(None, description="Tautan ditutup setelah hari ini (link closes after)")
    version: int = 1


class OpenedForm(SurveyForm):
    """Survei beserta tautannya, untuk faskes itu dan Dinkes (with its link)."""

    token: str = Field(description="Bagian rahasia tautan (the secret part of the link)")
    link: str = Field(examples=["http://127.0.0.1:8080/survei#…"])


class ElementResult(BaseModel):
    """Satu unsur (one element)."""

    code: str = Field(examples=["u3"])
    name: Words
    n: int = Field(description="Yang menjawab unsur ini (who answered it)", examples=[40])
    mean: float | None = Field(description="Nilai rata-rata, NRR (mean)", examples=[3.125])
    value: float | None = Field(description="NRR × 25", examples=[78.13])
    grade: str | None = Field(examples=["B"])


class WeightUsed(BaseModel):
    """Bobot yang dipakai, dan nilainya bila memakai yang lain (which weight was used, and what the other gives)."""

    used: Weight
    value: str = Field(examples=["1/9"])
    other: Weight
    other_index: float | None = Field(examples=[90.56])


class Interval(BaseModel):
    """Selang kepercayaan 95 % (95 % interval)."""

    low: float = Field(examples=[79.4])
    high: float = Field(examples=[84.1])
    method: Words


class Result(BaseModel):
    """Indeks kepuasan masyarakat, IKM (index of satisfaction)."""

    facility: FacilityCode | None = Field(None, description="Kosong = seluruh kabupaten (empty = the district)")
    name: str | None = None
    period: str = Field(examples=["2026-S1"])
    n: int = Field(description="Jawaban yang dihitung (answers that count)", examples=[40])
    struck: int = Field(description="Jawaban yang dicoret (struck out)", examples=[1])
    served: int | None = Field(description="Populasi (population served)", examples=[1200])
    minimum: int | None = Field(description="Sampel minimal Krejcie–Morgan (minimum sample)", examples=[291])
    too_few: bool | None = Field(description="Kurang dari sampel minimal; kosong = populasi belum diisi (too few)")
    index: float | None = Field(
        description="IKM, dua desimal; kosong bila ada unsur tanpa jawaban (empty while an element has no answer)",
        examples=[81.75],
    )
    grade: str | None = Field(description="Mutu pelayanan: A, B, C, D (grade)", examples=["B"])
    says: Words | None = Field(description="Kinerja unit pelayanan (performance)")
    weight: WeightUsed
    interval: Interval | None
    elements: list[ElementResult]
    worst: list[str] = Field(description="Unsur terendah, paling rendah dahulu (lowest elements)", examples=[["u3"]])
    source: str = Field(examples=["Permenpan-RB 14/2017"])


class Results(BaseModel):
    """Hasil satu periode: kabupaten dan tiap faskes (a period: the district and each facility)."""

    district: Result
    items: list[Result]


class TrendPoint(BaseModel):
    """Satu periode dalam tren (one period of a trend)."""

    period: str
    n: int
    index: float | None
    grade: str | None
    too_few: bool | None


class Trend(BaseModel):
    """Tren dari periode ke periode (from period to period)."""

    facility: FacilityCode | None
    points: list[TrendPoint]


class SurveyAnswer(BaseModel):
    """Satu jawaban; tanpa nama dan tanpa kata bebas (one answer, without names or free words)."""

    facility: FacilityCode
    period: str
    number: str
    answered_on: date
    u1: int | None
    u2: int | None
    u3: int | None
    u4: int | None
    u5: int | None
    u6: int | None
    u7: int | None
    u8: int | None
    u9: int | None
    age: str | None
    sex: str | None
    education: str | None
    occupation: str | None
    service: str | None
    channel: Channel
    repeated: bool = Field(description="Perangkat yang sama sudah menjawab sebelumnya (the device had answered before)")
    struck_on: date | None
    struck_reason: str | None


class SurveyComment(BaseModel):
    """Saran atau keluhan; boleh memuat nama, hanya untuk faskes itu dan Dinkes (a suggestion or complaint)."""

    facility: FacilityCode
    period: str
    number: str
    kind: str = Field(description="suggestion, complaint", examples=["suggestion"])
    said: str
    answered_on: date


class Asked(BaseModel):
    """Satu pertanyaan dan keempat jawabannya (one question and its four answers)."""

    code: str = Field(examples=["u1"])
    ask: Words
    answers: list[Words]


class Choice(BaseModel):
    """Satu pilihan (one choice)."""

    code: str
    says: Words


class PublicForm(BaseModel):
    """Yang ditampilkan halaman survei (what the survey's page shows)."""

    facility: str = Field(description="Nama faskes (name)")
    period: str
    open: bool
    questions: list[Asked]
    about: dict[str, list[Choice]]
    source: str
