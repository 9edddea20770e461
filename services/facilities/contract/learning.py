"""Learning visits: who may learn from whom, what was seen and agreed, and what came of it."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.facilities.contract.readiness import Words
from services.kernel.ids import FacilityCode

LEARNING_VISIT, LEARNING_ACTION = "learning_visit", "learning_action"
"""Event types; the subjects are the visit's id and `visit/number`. What was said there is in no event."""


class VisitState(StrEnum):
    """What became of a learning visit. Closed list."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class ActionState(StrEnum):
    """What became of an agreed action. Closed list."""

    OPEN = "open"
    DONE = "done"
    LATE = "late"


class LearningVisit(BaseModel):
    """Kunjungan belajar: `guests` belajar di `host` (the guests learn at the host)."""

    id: str = Field(examples=["KB-2026-01"])
    state: VisitState
    host: FacilityCode = Field(description="Tuan rumah (host)", examples=["P1410010101"])
    guests: list[FacilityCode] = Field(description="Yang belajar (guests)", examples=[["P1410020101"]])
    topic: str = Field(examples=["Tekanan darah tiap bulan dan Prolanis"])
    indicator: str | None = Field(None, examples=["spm-08"])
    planned_on: date
    done_on: date | None = None
    learned: str | None = Field(None, description="Yang dipelajari (what was learned)")
    cancelled_on: date | None = None
    reason: str | None = Field(None, description="Alasan batal (why it was cancelled)")
    version: int = 1


class LearningAction(BaseModel):
    """Tindak lanjut yang disepakati (an agreed action)."""

    visit: str = Field(examples=["KB-2026-01"])
    number: int = Field(examples=[1])
    what: str = Field(examples=["Jadwal Prolanis tiap Selasa"])
    owner: FacilityCode = Field(description="Penanggung jawab (owner)", examples=["P1410020101"])
    due: date
    done_on: date | None = None
    state: ActionState


class LearningVisitDetail(LearningVisit):
    """Kunjungan belajar dengan tindak lanjutnya (with its actions)."""

    actions: list[LearningAction]


class Standpoint(BaseModel):
    """Capaian satu puskesmas (a puskesmas' value)."""

    facility: FacilityCode
    name: str | None = None
    coverage: float | None = Field(description="Persen (percent)", examples=[41.67])
    eligible: int = Field(examples=[24])
    served: int = Field(examples=[10])


class Match(BaseModel):
    """Yang dapat belajar dari siapa, dan mengapa (who may learn from whom, and why)."""

    weak: Standpoint
    strong: Standpoint
    gap: float = Field(description="Selisih, poin persen (percentage points)", examples=[35.4])
    kilometres: float | None = Field(description="Jarak garis lurus (straight distance)", examples=[12.3])
    last_visit: date | None = Field(description="Kunjungan terakhir di antara keduanya (last visit between them)")
    score: float = Field(description="Untuk mengurutkan (for ranking)", examples=[37.9])
    reasons: list[Words]


class Matches(BaseModel):
    """Pasangan menurut satu indikator (pairs by one indicator)."""

    indicator: str = Field(examples=["spm-08.permenkes-6-2024"])
    title: Words
    year: int
    as_of: date
    average: float | None = Field(description="Capaian kabupaten (the district's value)", examples=[58.3])
    items: list[Match]


class Moved(BaseModel):
    """Capaian peserta saat kunjungan dan sekarang (a participant then and now)."""

    role: str = Field(description="host atau guest", examples=["guest"])
    then: Standpoint | None
    now: Standpoint | None
    change: float | None = Field(description="Poin persen (percentage points)", examples=[8.3])


class FollowUp(BaseModel):
    """Apa hasil kunjungannya (what came of a visit)."""

    visit: LearningVisitDetail
    then_on: date | None
    now_on: date | None
    moved: list[Moved]
    actions: dict[ActionState, int] = Field(description="Banyaknya menurut keadaan (by state)", examples=[{"done": 2}])
