"""What the providers of the story write: FHIR transactions as clinics send them, and plain-JSON visits."""

import secrets
from datetime import date, datetime
from typing import Any

import orjson

from deploy.demo import vocabulary as words
from deploy.demo.chart import Authored, Chart, Resource, Visit
from deploy.demo.network import Facility
from deploy.demo.registration import ADMINISTRATIVE
from deploy.demo.story.cast import Human

TRACK = 40
"""Track of the ids that only live inside a Bundle (the server gives its own)."""


def patient(human: Human, facility: Facility) -> Resource:
    """A Patient as a clinic registers one, known by NIK."""
    codes = {"province": 2, "city": 4, "district": 6, "village": 10}
    extension = [{"url": url, "valueCode": human.village[:size]} for url, size in codes.items()]
    return {
        "resourceType": "Patient",
        "identifier": [{"use": "official", "system": f"{words.IDENTITY}nik", "value": human.nik}],
        "active": True,
        "name": [{"use": "official", "text": human.name}],
        "gender": human.gender,
        "birthDate": human.birth.isoformat(),
        "address": [
            {
                "use": "home",
                "line": ["Jl. Merdeka No. 17"],
                "city": "Kepulauan Meranti",
                "country": "ID",
                "extension": [{"url": ADMINISTRATIVE, "extension": extension}],
            }
        ],
        "managingOrganization": {"reference": facility.organization},
    }


class Letter:
    """A transaction Bundle in the making: visits of one person at one facility."""

    def __init__(self, human: Human, facility: Facility) -> None:
        self.facility = facility
        self.written: list[Authored] = []
        stand_in = f"{secrets.token_hex(4)}-0000-4000-8000-000000000000"
        self.patient = (stand_in, patient(human, facility))
        self.chart = Chart(self.written, stand_in, secrets.randbits(40))

    def visit(self, day: date, number: int = 0, *, at: datetime | None = None, **how: Any) -> Visit:
        return self.chart.visit(day.toordinal(), TRACK + number, self.facility, at=at, **how)

    def bundle(self) -> Resource:
        """The transaction: every reference between its entries by urn:uuid, no ids of ours."""
        stand_in, patient = self.patient
        named = [("Patient", stand_in, patient)]
        for _, resource in self.written:
            body = {key: value for key, value in resource.items() if key != "id"}
            named.append((resource["resourceType"], resource["id"], body))
        text = orjson.dumps(
            {
                "resourceType": "Bundle",
                "type": "transaction",
                "entry": [
                    {
                        "fullUrl": f"urn:uuid:{key}",
                        "resource": body,
                        "request": {"method": "POST", "url": kind},
                    }
                    for kind, key, body in named
                ],
            }
        ).decode()
        for kind, key, _ in named:
            text = text.replace(f'"reference":"{kind}/{key}"', f'"reference":"urn:uuid:{key}"')
        bundle: Resource = orjson.loads(text)
        return bundle


def identifiers_of(answer: Resource, kind: str) -> list[str]:
    """The ids that a transaction's answer gives to entries of one type."""
    locations = [entry["response"]["location"] for entry in answer["entry"]]
    parts = [location.split("/_history")[0].split("/") for location in locations]
    return [part[-1] for part in parts if part[-2] == kind]
