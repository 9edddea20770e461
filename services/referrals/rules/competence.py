"""Which diagnoses are the first level's own, and what goes with one that is referred upward. Pure.

Source: SKDI (level 4A) and PCare's `nonSpesialis`; the list itself is dated data of the network, never in the code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from services.facilities.contract import Kind as FacilityKind
from services.kernel.problems import Fault, Text, Unprocessable
from services.referrals.contract import Kind, Urgency
from services.referrals.contract.candidates import Competence, TaccChoice, Words
from services.referrals.contract.content import TACC_AGES, TACC_DAYS

SECOND_LEVEL = frozenset({FacilityKind.RS, FacilityKind.KLINIK_UTAMA})
"""Kinds that take referrals from the first level."""

TACC = [
    TaccChoice(code=1, name=Words(id="Time (lama perjalanan penyakit)", en="Time"), reasons=list(TACC_DAYS)),
    TaccChoice(code=2, name=Words(id="Age (usia)", en="Age"), reasons=list(TACC_AGES)),
    TaccChoice(code=3, name=Words(id="Complication (komplikasi)", en="Complication"), reasons=[]),
    TaccChoice(code=4, name=Words(id="Comorbidity (penyakit penyerta)", en="Comorbidity"), reasons=list(TACC_DAYS)),
]
LIMITS = [
    Words(id="Reagen atau obat habis", en="Out of reagent or medicine"),
    Words(id="Alat rusak atau tidak ada", en="Equipment broken or missing"),
    Words(id="Tenaga yang kompeten tidak ada", en="No competent staff"),
    Words(id="Tempat rawat penuh", en="No bed"),
]
"""Examples of what a first-level facility may lack; the field takes any words."""

Days = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class FirstLevel:
    """The first level's diagnoses: the days of each category or code, and of each block (its first and last)."""

    codes: Mapping[str, list[Days]] = field(default_factory=dict)
    blocks: Mapping[tuple[str, str], list[Days]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[str, date, date | None]]) -> "FirstLevel":
        """From rows of code (category, code or block), first and last day."""
        codes: dict[str, list[Days]] = {}
        blocks: dict[tuple[str, str], list[Days]] = {}
        for code, begin, end in rows:
            first, dash, last = code.partition("-")
            if dash:
                blocks.setdefault((first, last), []).append((begin, end))
            else:
                codes.setdefault(code, []).append((begin, end))
        return cls(codes, blocks)

    def holds(self, diagnosis: str, day: date) -> bool | None:
        """Whether the diagnosis is the first level's own on a day; None when there is no list."""
        if not self.codes and not self.blocks:
            return None
        category = diagnosis[:3]
        narrower = (diagnosis[:n] for n in range(3, len(diagnosis) + 1))
        found = [days for code in narrower for days in self.codes.get(code, ())]
        found += [d for (first, last), days in self.blocks.items() if first <= category <= last for d in days]
        return any(begin <= day and (end is None or day <= end) for begin, end in found)


def competence(diagnosis: str, day: date, list_: FirstLevel) -> Competence:
    """What a diagnosis asks for when it is referred upward on a day."""
    own = list_.holds(diagnosis, day)
    return Competence(
        diagnosis=diagnosis, on=day, non_specialist=own, tacc=TACC if own else [], limit=LIMITS if own else []
    )


def lacks_reason(kind: Kind, urgency: Urgency, sender: str | None, *, own: bool | None, given: bool) -> bool:
    """Whether a first-level diagnosis (`own`) goes upward from the first level though neither TACC nor a facility limit
    is `given`. `sender`: its kind; emergencies are exempt."""
    upward = kind is Kind.VERTICAL and sender not in SECOND_LEVEL
    return bool(own) and upward and urgency is not Urgency.EMERGENCY and not given


def reason_wanted(day: date) -> Unprocessable:
    """The refusal of a first-level diagnosis without a reason, with the choices."""
    return Unprocessable(
        Text(
            "Diagnosis ini kompetensi FKTP: untuk merujuk ke atas sertakan alasan TACC (`tacc`) atau"
            " keterbatasan faskes (`limit`). Gawat darurat dikecualikan",
            "This diagnosis is the first level's own: to refer it upward give a TACC reason (`tacc`) or the"
            " facility's limit (`limit`). Emergencies are exempt",
        ),
        [Fault("/tacc", Text("wajib, atau isi limit", "is required, or give limit"), "missing")],
        extra={
            "non_specialist": True,
            "on": day.isoformat(),
            "choices": {"tacc": [c.model_dump() for c in TACC], "limit": [w.model_dump() for w in LIMITS]},
        },
    )
