"""The follow-up that a closed referral asks of the home facility: wire models and the `followup` event."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.referrals.contract.content import Prose
from services.referrals.contract.words import Alarm

FOLLOW_UP = "followup"
"""Event type: a follow-up was asked for, rang, or was done. `data` is a `FollowUpChanged`, the subject the referral."""


class Cause(StrEnum):
    """Mengapa ada tindak lanjut: dirujuk balik, diterima sebagai rujukan balik, tidak datang, pergi (why)."""

    BACK_REFERRED = "back-referred"
    BACK_ACCEPTED = "back-accepted"
    NO_SHOW = "no-show"
    LEFT = "left"


class How(StrEnum):
    """Bagaimana selesai: dilaporkan, atau ada kunjungan di faskes asal (how it was done)."""

    TOLD = "told"
    VISIT = "visit"


class Stands(StrEnum):
    """Keadaan tindak lanjut (where a follow-up stands)."""

    DUE = "due"
    LATE = "late"
    DONE = "done"
    DONE_LATE = "done-late"


class DoneTold(BaseModel):
    """Laporan bahwa tindak lanjut sudah dikerjakan (that it was done)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"note": "Kunjungan rumah: obat diminum, tensi 130/80"}]}
    )

    note: Prose = Field(description="Apa yang dikerjakan (what was done)")
    on: date | None = Field(None, description="Kapan dikerjakan; bawaan hari ini (when; today when not said)")


class FollowUpShown(BaseModel):
    """Satu tindak lanjut (one follow-up)."""

    referral: str = Field(description="Id rujukan (referral id)")
    number: str = Field(description="Nomor rujukan (referral number)")
    person_id: str
    facility: str = Field(description="Faskes asal yang menindaklanjuti (home facility)")
    name: str | None
    from_facility: str = Field(description="Faskes yang meminta (who asks for it)")
    from_name: str | None
    cause: Cause
    stands: Stands
    due: date = Field(description="Paling lambat (due date)")
    days_late: int = Field(description="Hari lewat batas; 0 bila tidak (days past due)")
    opened_at: datetime
    reminded_at: datetime | None
    escalated_at: datetime | None = Field(description="Sejak kapan dinas ikut menangani (since when the office has it)")
    advice: str | None = Field(description="Saran balik; hanya untuk faskes asal dan yang meminta (advice)")
    done_on: date | None
    how: How | None
    note: str | None


class FollowUpCounts(BaseModel):
    """Jumlah menurut keadaan (counts)."""

    due: int = 0
    late: int = 0
    done: int = Field(0, description="Selesai tepat waktu (done in time)")
    done_late: int = Field(0, description="Selesai terlambat (done late)")


class FollowUpPage(BaseModel):
    """Satu halaman tindak lanjut (one page)."""

    items: list[FollowUpShown]
    counts: FollowUpCounts
    next: str | None = Field(description="Kirim kembali sebagai `after` (send back as `after`)")


class FacilityFollowUps(FollowUpCounts):
    """Jumlah satu faskes asal (one home facility's counts)."""

    facility: str
    name: str | None
    oldest_due: date | None = Field(description="Batas tertua yang belum dikerjakan (oldest due day still open)")


class FollowUpChanged(BaseModel):
    """`data` of a `followup` event: no name, no number of a person, no free text."""

    facility: str
    from_facility: str
    cause: Cause
    due: date
    opened_at: datetime
    done_on: date | None
    how: How | None
    alarm: Alarm | None
    escalated: bool
    named: bool
    task: dict[str, Any]
