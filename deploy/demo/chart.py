"""What is written about one person, as FHIR R4: visits and what they hold, with ids that follow from the seed.

An id is the person's own prefix and a number made of day, track and place within the visit: the same event has
the same id on every run, also when more days have passed since.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from deploy.demo import vocabulary as words
from deploy.demo.network import Facility

Resource = dict[str, Any]
Authored = tuple[str, Resource]

COMPLETED, FINAL = "completed", "final"
VISIT_SYSTEM = "http://sys-ids.kemkes.go.id/encounter/"
EPISODE_SYSTEM = "http://sys-ids.kemkes.go.id/episode-of-care/"


@lru_cache(maxsize=100_000)
def iso(day: int) -> str:
    """A day (proleptic ordinal) as FHIR date."""
    return date.fromordinal(day).isoformat()


@lru_cache(maxsize=200)
def organization(facility: Facility) -> Resource:
    return {"reference": facility.organization}


@lru_cache(maxsize=200)
def performers(facility: Facility) -> list[Resource]:
    return [organization(facility)]


@lru_cache(maxsize=200)
def actors(facility: Facility) -> list[Resource]:
    return [{"actor": organization(facility)}]


@dataclass(frozen=True, slots=True)
class Episode:
    """An EpisodeOfCare as visits point to it."""

    reference: Resource


class Chart:
    """One person's record in the making; `out` keeps what was written, in order."""

    __slots__ = ("out", "prefix", "seed", "subject")

    def __init__(self, out: list[Authored], person_id: str, seed: int) -> None:
        self.out = out
        self.prefix = person_id[:24]
        self.seed = seed
        self.subject = {"reference": f"Patient/{person_id}"}

    def visit(
        self,
        day: int,
        track: int,
        facility: Facility,
        *,
        identifiers: Sequence[Resource] = (),
        episode: Episode | None = None,
        setting: Resource = words.AMBULATORY,
        days: int = 0,
        at: datetime | None = None,
        name: str | None = None,
    ) -> "Visit":
        """Open and close a visit (of `days` nights; at that very moment, if given); the answer adds to it.

        With a `name`, that is its id, and what it holds is numbered: name-1, name-2 …
        """
        visit = Visit(self, day, track, facility, at, name)
        resource: Resource = {
            "resourceType": "Encounter",
            "id": visit.id,
            "identifier": [{"system": VISIT_SYSTEM + facility.satusehat_id, "value": visit.id}, *identifiers],
            "status": "finished",
            "class": setting,
            "subject": self.subject,
            "period": {"start": visit.at, "end": f"{iso(day + days)}T{visit.end}"},
            "serviceProvider": organization(facility),
        }
        if episode is not None:
            resource["episodeOfCare"] = [episode.reference]
        self.out.append((facility.code, resource))
        return visit

    def episode(self, day: int, track: int, facility: Facility, kind: Resource, end: int | None) -> Episode:
        """Open an episode of care, closed on the day `end` when it has come."""
        episode_id = f"{self.prefix}{(day << 16) + (track << 8) + 255:012x}"
        period = {"start": f"{iso(day)}T07:00:00+07:00"}
        if end is not None:
            period["end"] = f"{iso(end)}T14:00:00+07:00"
        resource = {
            "resourceType": "EpisodeOfCare",
            "id": episode_id,
            "identifier": [{"system": EPISODE_SYSTEM + facility.satusehat_id, "value": episode_id}],
            "status": "active" if end is None else "finished",
            "type": [kind],
            "patient": self.subject,
            "managingOrganization": organization(facility),
            "period": period,
        }
        self.out.append((facility.code, resource))
        return Episode({"reference": f"EpisodeOfCare/{episode_id}"})


class Visit:
    """One encounter; every method adds one resource that belongs to it."""

    __slots__ = ("at", "chart", "count", "day", "end", "facility", "id", "key", "minute", "name", "reference", "rng")

    def __init__(
        self, chart: Chart, day: int, track: int, facility: Facility, at: datetime | None, name: str | None
    ) -> None:
        self.chart, self.day, self.facility, self.name = chart, day, facility, name
        self.key = (day << 16) + (track << 8)
        self.count = 0
        self.rng = random.Random(chart.seed ^ self.key)  # noqa: S311 - a demo, not a secret
        hour, minute = 8 + int(self.rng.random() * 6), int(self.rng.random() * 40)
        self.minute = f"{minute:02d}"
        self.at = at.isoformat(timespec="seconds") if at else f"{iso(day)}T{hour:02d}:{minute:02d}:00+07:00"
        self.end = self.at[11:] if at else f"{hour:02d}:{minute + 20:02d}:00+07:00"
        self.id = name or f"{chart.prefix}{self.key:012x}"
        self.reference = {"reference": f"Encounter/{self.id}"}

    def _add(self, kind: str, resource: Resource) -> None:
        self.count += 1
        id_ = f"{self.name}-{self.count}" if self.name else f"{self.chart.prefix}{self.key + self.count:012x}"
        self.chart.out.append(
            (
                self.facility.code,
                {
                    "resourceType": kind,
                    "id": id_,
                    **resource,
                    "encounter": self.reference,
                },
            )
        )

    def _observation(self, code: Resource, category: list[Resource], value: Resource) -> None:
        self._add(
            "Observation",
            {
                "status": FINAL,
                "category": category,
                "code": code,
                "subject": self.chart.subject,
                "effectiveDateTime": self.at,
                "performer": performers(self.facility),
                **value,
            },
        )

    def measure(self, what: words.Measure, value: float) -> None:
        """An Observation with a quantity."""
        self._observation(what.code, what.category, {"valueQuantity": {"value": value, **what.unit}})

    def find(self, what: words.Measure, value: Resource) -> None:
        """An Observation with a coded value."""
        self._observation(what.code, what.category, {"valueCodeableConcept": value})

    def count_of(self, what: words.Measure, value: int) -> None:
        """An Observation with an integer."""
        self._observation(what.code, what.category, {"valueInteger": value})

    def moment(self, what: words.Measure, value: str) -> None:
        """An Observation whose value is a date or time (LMP, delivery)."""
        self._observation(what.code, what.category, {"valueDateTime": value})

    def pressure(self, systolic: int, diastolic: int) -> None:
        self.measure(words.SYSTOLIC, systolic)
        self.measure(words.DIASTOLIC, diastolic)

    def diagnose(self, code: Resource, *, onset: int | None = None) -> None:
        self._add(
            "Condition",
            {
                "clinicalStatus": words.ACTIVE,
                "verificationStatus": words.CONFIRMED,
                "category": words.DIAGNOSIS,
                "code": code,
                "subject": self.chart.subject,
                "onsetDateTime": iso(self.day if onset is None else onset),
                "recordedDate": self.at,
            },
        )

    def treat(self, code: Resource) -> None:
        self._add(
            "Procedure",
            {
                "status": COMPLETED,
                "code": code,
                "subject": self.chart.subject,
                "performedDateTime": self.at,
                "performer": actors(self.facility),
            },
        )

    def vaccinate(self, vaccine: words.Vaccine, dose: int, day: int | None = None) -> None:
        """A dose given now, or one of an earlier day that is only reported."""
        self._add(
            "Immunization",
            {
                "status": COMPLETED,
                "vaccineCode": vaccine.code,
                "patient": self.chart.subject,
                "occurrenceDateTime": self.at if day is None else iso(day),
                "primarySource": day is None,
                **({} if day is None else {"recorded": self.at, "reportOrigin": words.FROM_THE_BOOK}),
                "performer": actors(self.facility),
                "reasonCode": vaccine.reason,
                "protocolApplied": [{"doseNumberPositiveInt": dose}],
            },
        )

    def dispense(self, medicine: Resource, tablets: int) -> None:
        self._add(
            "MedicationDispense",
            {
                "status": COMPLETED,
                "medicationCodeableConcept": medicine,
                "subject": self.chart.subject,
                "performer": actors(self.facility),
                "quantity": {"value": tablets, **words.TABLET},
                "whenHandedOver": self.at,
            },
        )
        # R4 calls a dispense's visit "context"; everything else here says "encounter"
        resource = self.chart.out[-1][1]
        resource["context"] = resource.pop("encounter")

    def answer(self, questionnaire: str, items: list[Resource]) -> None:
        self._add(
            "QuestionnaireResponse",
            {
                "questionnaire": questionnaire,
                "status": COMPLETED,
                "subject": self.chart.subject,
                "authored": self.at,
                "item": items,
            },
        )
