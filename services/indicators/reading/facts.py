"""From events of the shared record to facts: one dated clinical statement each, by coding, status and unit. Pure.

What cannot be known from the event alone is left to the database and put together there whatever arrives first:
the start, provider and episodes of the visit, and the product a Medication resource names.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.indicators.reading.concepts import DATE, OWN_DATE, Concepts, Rule
from services.indicators.reading.rows import Fact, Implausible, Moment, Patient, Reading, Visit
from services.indicators.rules.plausibility import TRUSTING, Suspicion
from services.kernel.events import Event

Json = dict[str, Any]

READING = 4
"""Raised when events are read otherwise than before, so that all facts are read anew after an upgrade."""
NEVER = date.min
"""Before all days: what is closed, or dead, without saying when (PostgreSQL's -infinity)."""
MEDICATION = "medication"
"""Concept of a dispensed product that is named by a Medication resource not known, or not of any concept."""
BIRTHPLACE = "delivery_place"
"""Concept whose facts, with those of its classes, a child lends to its mother."""
DELIVERY = "delivery"
"""Concept whose facts may stand on who gave the visit, and so on what kind of facility that is."""
DEATH = "death"
"""Concept whose facts say that a person has died, when the Patient does not."""
FINAL = frozenset({"final", "amended", "corrected"})
COMPLETED = frozenset({"completed"})
VALID = {
    "Observation": FINAL,
    "DiagnosticReport": FINAL,
    "Procedure": COMPLETED,
    "Immunization": COMPLETED,
    "MedicationDispense": COMPLETED,
    "QuestionnaireResponse": frozenset({"completed", "amended"}),
    "Encounter": frozenset({"arrived", "triaged", "in-progress", "onleave", "finished"}),
}
"""FHIR R4 statuses under which a resource says something; Condition and EpisodeOfCare name those that do not."""


class Reader:
    """Reads events with one set of concepts, in one time zone."""

    def __init__(
        self, concepts: Concepts, zone: ZoneInfo, suspicion: Suspicion = TRUSTING, today: date | None = None
    ) -> None:
        """`today`: the day that was set instead of the wall clock's."""
        self._concepts, self._zone, self._suspicion, self._today = concepts, zone, suspicion, today
        self._by_type: dict[str, Callable[[Event, Json, Reading], None]] = {
            "Observation": self._observation,
            "Condition": self._condition,
            "Procedure": self._coded,
            "DiagnosticReport": self._coded,
            "Immunization": self._immunization,
            "MedicationDispense": self._dispense,
            "QuestionnaireResponse": self._form,
            "Encounter": self._encounter,
            "EpisodeOfCare": self._episode,
            "Patient": self._patient,
            "Medication": self._medication,
        }

    @property
    def types(self) -> frozenset[str]:
        """The resource types that can say anything here."""
        return frozenset(self._by_type)

    def read(self, event: Event) -> Reading:
        """What an event says; nothing when its resource is deleted, no longer valid or of no concept."""
        reading, resource = Reading(), event.data.get("resource")
        kind = self._by_type.get(event.type)
        if kind is None or resource is None or (event.person_id is None and event.type != "Medication"):
            return reading
        valid = VALID.get(event.type)
        if valid is None or resource.get("status") in valid or event.type == "Encounter":
            kind(event, resource, reading)
            self._dated(event, resource, reading)
        return reading

    def _dated(self, event: Event, resource: Json, into: Reading) -> None:
        """Hold what was said against when it was received: dates in the future, and how late the sender's clock is."""
        if event.at is None:
            return
        received, said = event.at.astimezone(self._zone), [(f.own_date, f.at, f.concept) for f in into.facts]
        if into.visit is not None and resource.get("status") in VALID["Encounter"]:
            said.append((into.visit.start, into.visit.start_at, ""))
        if into.patient is not None:
            said.append((into.patient.birth_date, into.patient.birth_at, ""))
        for day, at, concept in said:
            if day is not None and (reason := self._suspicion.ahead(day, at, received, self._today)):
                self._odd(event, into, concept, (Moment(day, at), None), reason, None)
                break
        timed = next((at for _, at, _ in said if at is not None), None)
        if timed is not None and event.kind == "created" and event.type != "Patient" and event.data.get("client"):
            into.lag = (event.data["client"], received.date(), self._suspicion.lag(timed, received))

    def moment(self, said: Any) -> Moment | None:
        """A FHIR date or dateTime in local time; a year or month by its first day, a time without a zone as local."""
        if not isinstance(said, str):
            return None
        try:
            if len(said) > 10:
                at = datetime.fromisoformat(said)
                at = at.astimezone(self._zone) if at.tzinfo else at.replace(tzinfo=self._zone)
                return Moment(at.date(), at)
            return Moment(date.fromisoformat(said if len(said) == 10 else f"{said}-01-01"[:10]), None)
        except (ValueError, OverflowError):
            return None

    def day(self, said: Any) -> date | None:
        """The local calendar day of a FHIR date or dateTime."""
        found = self.moment(said)
        return found.day if found else None

    def _start(self, resource: Json, name: str) -> Moment | None:
        """When it was so: a dateTime, else the start of a period, else the first of a timing, else an instant."""
        found = self.moment(resource.get(f"{name}DateTime"))
        if found is None and (period := resource.get(f"{name}Period")):
            found = self.moment(period.get("start"))
        if found is None and (timing := resource.get(f"{name}Timing")):
            found = self.moment(next(iter(timing.get("event", ())), None))
        return found or self.moment(resource.get(f"{name}Instant"))

    def _codings(self, element: str, concept: Any) -> Iterator[Rule]:
        """The rules met by any coding of a CodeableConcept, each concept once, without those another one forbids."""
        codings = concept.get("coding") if isinstance(concept, dict) else None
        found: dict[str, Rule] = {}
        for coding in codings or ():
            system, code = coding.get("system"), coding.get("code")
            if system and code:
                for rule in self._concepts.rules(element, system, code):
                    if not found.setdefault(rule.concept, rule).posture and rule.posture:
                        found[rule.concept] = rule
        for rule in found.values():
            if not rule.unless or rule.unless not in found:
                yield rule

    def _fact(
        self, event: Event, into: Reading, concept: str, own: Moment | None, late: date | None, **more: Any
    ) -> None:
        data, resource = event.data, event.data["resource"]
        if "encounter_id" not in more:
            more["encounter_id"] = target(resource.get("encounter") or resource.get("context"))
        seq, receipt = len(into.facts) + len(into.implausible), int(data.get("receipt") or 0)
        into.facts.append(Fact(
            event.person_id or "", event.type, event.subject, seq, concept, own and own.day, own and own.at, late,
            more.get("value"), more.get("value_date"), more.get("value_code"), more.get("until"), data.get("provider"),
            data.get("client"),
            more["encounter_id"], more.get("through"), more.get("medication_id"), receipt, more.get("posture"),
            more.get("absurd", False), event.at,
        ))  # fmt: skip

    def _observation(self, event: Event, resource: Json, into: Reading) -> None:
        own, late = self._start(resource, "effective"), self.day(resource.get("issued"))
        for part in (resource, *resource.get("component", ())):
            key = next((k for k in part if k.startswith("value")), None)
            if key is None or "dataAbsentReason" in part or (key == "valueQuantity" and part[key].get("value") is None):
                continue
            for rule in self._codings("Observation.code", part.get("code")):
                self._measured(event, into, rule, (own, late), key, part[key])

    def _measured(
        self, event: Event, into: Reading, rule: Rule, dates: tuple[Moment | None, date | None], key: str, value: Any
    ) -> None:
        own, late = dates
        if rule.unit in (DATE, OWN_DATE):
            said = self.moment(value) if key == "valueDateTime" else None
            if said is not None:
                self._fact(event, into, rule.concept, said if rule.unit == OWN_DATE else own, late, value_date=said.day)
            return
        (number, unit), absurd = _number(key, value), False
        if rule.unit:
            factor = 1.0 if not unit else self._concepts.factor(rule.concept, rule.unit, unit)
            if number is None or factor is None:
                self._odd(event, into, rule.concept, dates, "not-a-number" if number is None else "unknown-unit", unit)
                return
            number *= factor
            day = (own and own.day) or late or date.max
            if absurd := self._concepts.absurd(rule.concept, rule.unit, number, day):
                self._odd(event, into, rule.concept, dates, "absurd", f"{number:g} {rule.unit}")
        more = {"posture": rule.posture or None, "absurd": absurd}
        self._fact(event, into, rule.concept, own, late, value=number, value_code=_code(value), **more)
        if rule.concept in self._concepts.classes:
            for kind in self._codings("Observation.value", value):
                if kind.concept in self._concepts.classes[rule.concept]:
                    self._fact(event, into, kind.concept, own, late, value_code=_code(value))

    def _odd(
        self,
        event: Event,
        into: Reading,
        concept: str,
        dates: tuple[Moment | None, date | None],
        reason: str,
        detail: str | None,
    ) -> None:
        """Put a record on the list of those to ask the sender about."""
        own, late = dates
        encounter = target(event.data["resource"].get("encounter"))
        seq = len(into.facts) + len(into.implausible)
        into.implausible.append(Implausible(
            event.person_id or "", event.type, event.subject, seq, concept, reason, detail, own and own.day, late,
            event.data.get("provider"), event.data.get("client"), encounter,
        ))  # fmt: skip

    def _condition(self, event: Event, resource: Json, into: Reading) -> None:
        if _has(resource.get("verificationStatus"), "entered-in-error", "refuted"):
            return
        own, late = self._start(resource, "onset"), self.day(resource.get("recordedDate"))
        until = None
        if _has(resource.get("clinicalStatus"), "resolved", "inactive"):
            abated = self._start(resource, "abatement")
            until = abated.day if abated else NEVER
        for rule in self._codings("Condition.code", resource.get("code")):
            self._fact(event, into, rule.concept, own, late, until=until)

    def _coded(self, event: Event, resource: Json, into: Reading) -> None:
        name, written = ("performed", None) if event.type == "Procedure" else ("effective", resource.get("issued"))
        own, late = self._start(resource, name), self.day(written)
        for rule in self._codings(f"{event.type}.code", resource.get("code")):
            self._fact(event, into, rule.concept, own, late)

    def _immunization(self, event: Event, resource: Json, into: Reading) -> None:
        own, late = self._start(resource, "occurrence"), self.day(resource.get("recorded"))
        for rule in self._codings("Immunization.vaccineCode", resource.get("vaccineCode")):
            self._fact(event, into, rule.concept, own, late)

    def _dispense(self, event: Event, resource: Json, into: Reading) -> None:
        own, late = self.moment(resource.get("whenHandedOver")), self.day(resource.get("whenPrepared"))
        amount = (resource.get("quantity") or {}).get("value")
        value = float(amount) if isinstance(amount, int | float) else None
        coded, named = resource.get("medicationCodeableConcept"), None
        if coded is None:
            said = (resource.get("medicationReference") or {}).get("reference") or ""
            if said.startswith("#"):
                coded = next((c.get("code") for c in resource.get("contained", ()) if c.get("id") == said[1:]), None)
            else:
                named = target(resource.get("medicationReference"))
        if named is not None:
            self._fact(event, into, MEDICATION, own, late, value=value, medication_id=named)
        for rule in self._codings("MedicationDispense.medication", coded):
            self._fact(event, into, rule.concept, own, late, value=value)

    def _medication(self, event: Event, resource: Json, into: Reading) -> None:
        del event
        into.product = next(
            (r.concept for r in self._codings("MedicationDispense.medication", resource.get("code"))), ""
        )

    def _form(self, event: Event, resource: Json, into: Reading) -> None:
        system, _, code = str(resource.get("questionnaire", "")).partition("|")[0].rpartition("/")
        for rule in self._concepts.rules("QuestionnaireResponse.questionnaire", system, code):
            self._fact(event, into, rule.concept, None, self.day(resource.get("authored")))

    def _encounter(self, event: Event, resource: Json, into: Reading) -> None:
        """Every Encounter lends its date and episodes; only a valid one is a contact itself."""
        episodes = [e for e in map(target, resource.get("episodeOfCare", ())) if e]
        period = resource.get("period") or {}
        kind = resource["class"] if isinstance(resource.get("class"), dict) else {}
        start, until = self.moment(period.get("start")), self.day(period.get("end"))
        into.visit = Visit(
            event.subject, event.person_id or "", start and start.day, start and start.at, until,
            kind.get("code"), event.data.get("provider"), event.data.get("client"),
            " ".join(episodes) or None,
        )  # fmt: skip
        if resource.get("status") not in VALID["Encounter"]:
            return
        found = dict[str, None]()
        said = [("identifier", i.get("system"), i.get("value")) for i in resource.get("identifier", ())]
        for element, system, code in (*said, ("class", kind.get("system"), kind.get("code"))):
            if system and code:
                for rule in self._concepts.rules(f"Encounter.{element}", system, code):
                    found[rule.concept] = None
        for concept in found:
            self._fact(event, into, concept, None, None, encounter_id=event.subject)
        for through, concept in self._concepts.episodes.items() if episodes else ():
            if concept not in found:
                self._fact(event, into, concept, None, None, encounter_id=event.subject, through=through)

    def _episode(self, event: Event, resource: Json, into: Reading) -> None:
        if resource.get("status") in ("cancelled", "entered-in-error"):
            return
        period = resource.get("period") or {}
        own, until = self.moment(period.get("start")), self.day(period.get("end"))
        for kind in resource.get("type", ()):
            for rule in self._codings("EpisodeOfCare.type", kind):
                self._fact(event, into, rule.concept, own, None, until=until)

    def _patient(self, event: Event, resource: Json, into: Reading) -> None:
        died = self.day(resource.get("deceasedDateTime")) or (
            NEVER if resource.get("deceasedBoolean") is True else None
        )
        born = self.moment(resource.get("birthTime"))
        into.patient = Patient(
            event.subject, event.person_id or "", event.position, resource.get("active") is not False,
            self.day(resource.get("birthDate")), born and born.at, resource.get("gender") or "unknown",
            resource.get("village") or None, resource.get("mother") or None, died,
        )  # fmt: skip


def target(reference: Any) -> str | None:
    """The id a Reference points to, however it is spelled (Type/id, full address, urn:uuid)."""
    said = reference.get("reference") if isinstance(reference, dict) else None
    return said.rpartition("/")[2].removeprefix("urn:uuid:") or None if isinstance(said, str) else None


def _number(key: str, value: Any) -> tuple[float | None, str]:
    """A value's number and unit (its UCUM code, else what was written)."""
    if key == "valueQuantity":
        amount, unit = value.get("value"), value.get("code") or value.get("unit") or ""
        return (float(amount), unit.strip()) if isinstance(amount, int | float) else (None, unit.strip())
    return (float(value), "") if isinstance(value, int | float) and not isinstance(value, bool) else (None, "")


def _code(value: Any) -> str | None:
    """The first coding of a coded value as system|code."""
    coding = next(iter(value.get("coding") or ()), None) if isinstance(value, dict) else None
    return f"{coding.get('system', '')}|{coding.get('code', '')}" if coding else None


def _has(concept: Any, *codes: str) -> bool:
    """Whether a CodeableConcept carries one of these codes."""
    return isinstance(concept, dict) and any(c.get("code") in codes for c in concept.get("coding") or ())
