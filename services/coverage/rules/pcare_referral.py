"""A referral of ours as the part of a kunjungan that refers (`rujukLanjut`, TACC). Pure.

Non-specialist diagnoses (BPJS' own list says which) are referred with TACC only. Codes the facility or the person who
refers must choose are never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.coverage.contract.maps import MapKind
from services.coverage.rules.choices import Chosen
from services.coverage.rules.pcare_visit import NO_TACC, Missing, Referral, dmy
from services.kernel.problems import Text

WITH_SUBSPECIALIST = frozenset({"THA", "HEM"})
"""Special referrals (khusus) that name a subspecialist beside."""
EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class OurReferral:
    """What the referrals service tells of a referral made at the visit."""

    id: str
    kind: str
    state: str
    urgency: str
    to_facility: str | None
    diagnosis: str
    sent_at: datetime | None
    needed_at: datetime | None = None
    service: str | None = None
    reason: str | None = None
    tacc: tuple[int, str] | None = None
    criterion: tuple[str, str | None] | None = None
    """therapy, procedure (with its ICD-9-CM code) or workup: SRBK asks for exactly one."""
    cancelled: bool = False
    numbers: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether BPJS is to hear of it: sent upwards, and not taken back."""
        return self.kind == "vertical" and self.sent_at is not None and not self.cancelled


@dataclass(frozen=True, slots=True)
class Target:
    """What a person chose for BPJS beside the referral: day, subspecialist and means, or a special need."""

    day: date | None = None
    subspecialist: str | None = None
    means: str | None = None
    special: str | None = None
    note: str | None = None
    area: str | None = None
    """SRBK: the area to refer within, four digits (kabupaten)."""


def referral(
    ours: OurReferral,
    target: Target | None,
    chosen: Chosen,
    destination: str | None,
    non_specialist: bool | None,
    visit_day: date,
    zone: ZoneInfo,
) -> Referral | tuple[Missing, ...]:
    """`rujukLanjut` and TACC; `destination` is the receiver's code at BPJS, `non_specialist` BPJS' word on the
    diagnosis (None: not known, then nothing is asked beyond what the referral says)."""
    target = target or Target()
    gaps: list[Missing] = []
    if destination is None:
        gaps.append(Missing("kdppk", _NO_DESTINATION, "referral"))
    if non_specialist and ours.tacc is None:
        gaps.append(Missing("kdTacc", _NO_TACC, "referral"))
    special = target.special or (chosen.own(MapKind.SPECIAL, EMERGENCY) if ours.urgency == EMERGENCY else None)
    onward: dict[str, Any] = {
        "tglEstRujuk": dmy(estimated(ours, target, visit_day, zone)), "kdppk": destination,
        "subSpesialis": None, "khusus": None,
    }  # fmt: skip
    sub = target.subspecialist or chosen.own(MapKind.SUBSPECIALIST, ours.service)
    if special:
        if special in WITH_SUBSPECIALIST and sub is None:
            gaps.append(Missing("kdSubSpesialis", _chosen(MapKind.SUBSPECIALIST, ours), "referral"))
        note = target.note or ours.reason or ""
        beside = sub if special in WITH_SUBSPECIALIST else None
        onward["khusus"] = {"kdKhusus": special, "kdSubSpesialis": beside, "catatan": note[:200]}
    else:
        means = target.means or chosen.theirs(MapKind.MEANS, ours.service)
        if sub is None:
            gaps.append(Missing("kdSubSpesialis1", _chosen(MapKind.SUBSPECIALIST, ours), "referral"))
        if means is None:
            gaps.append(Missing("kdSarana", _chosen(MapKind.MEANS, ours), "referral"))
        onward["subSpesialis"] = {"kdSubSpesialis1": sub, "kdSarana": means}
    if gaps:
        return tuple(gaps)
    code, reason = ours.tacc or (NO_TACC, None)
    return Referral(onward, code, reason)


def estimated(ours: OurReferral, target: Target, visit_day: date, zone: ZoneInfo) -> date:
    """tglEstRujuk: as chosen, else when it is needed, else the day it was sent; never before the visit."""
    said = target.day or next((m.astimezone(zone).date() for m in (ours.needed_at, ours.sent_at) if m), visit_day)
    return max(said, visit_day)


_NO_DESTINATION = Text(
    "Faskes tujuan rujukan belum punya kode BPJS; lengkapi kode BPJS-nya di registri atau pilih tujuan lain",
    "The referral's destination has no BPJS code; complete it in the registry or choose another destination",
)
_NO_TACC = Text(
    "Diagnosis ini non-spesialistik menurut BPJS: rujukan perlu alasan TACC; lengkapi pada rujukannya",
    "BPJS holds this diagnosis for non-specialist: the referral needs a TACC reason; complete the referral",
)


def _chosen(kind: MapKind, ours: OurReferral) -> Text:
    service = ours.service or "*"
    return Text(
        f"Pilih untuk rujukan ini (PUT /v1/jkn/referral-targets), atau padanan {kind} untuk layanan {service}",
        f"Choose for this referral (PUT /v1/jkn/referral-targets), or in the map {kind} for the service {service}",
    )
