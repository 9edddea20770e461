"""What the machine's answer adds to a client's Task or ServiceRequest: questionnaires, candidates, numbers. The
client's own elements stay as they are."""

from collections.abc import Sequence
from typing import Any

from services.records.referral_fhir.asks import CRITERION_ITEMS
from services.records.referral_fhir.codes import (
    AREA,
    AREA_OF,
    CANDIDATE,
    CRITERIA,
    NUMBER,
    OURS,
    TERMS,
    concept,
    listed,
)  # fmt: skip

_QUESTIONNAIRE = "https://fhir.kemkes.go.id/Questionnaire/"
Body = dict[str, Any]


def pre_request(task: Body, id_: str, areas: Sequence[tuple[str, str]]) -> None:
    """Ask for the criteria and the area: what the client answers with its request for candidates."""
    criteria = {
        "resourceType": "Questionnaire", "id": "Q100", "url": f"{_QUESTIONNAIRE}Q100", "status": "active",
        "title": "Kriteria rujukan",
        "item": [{"linkId": link, "text": text, "type": kind} for link, text, kind in CRITERION_ITEMS.values()],
    }  # fmt: skip
    item: Body = {"linkId": "1", "text": "Jejaring wilayah rujukan", "type": "choice"}
    options = [{"valueCoding": {"system": AREA, "code": code, "display": name}} for code, name in areas]
    if options:
        item["answerOption"] = options
    network = {
        "resourceType": "Questionnaire", "id": "Q101", "url": f"{_QUESTIONNAIRE}Q101", "status": "active",
        "title": "Jejaring Wilayah Rujukan", "item": [item],
    }  # fmt: skip
    task["contained"] = [*_others(task, {"Q100", "Q101"}), criteria, network]
    task["output"] = [
        *listed(task.get("output")),
        _output(CRITERIA, "Referral Criteria", {"reference": "#Q100", "display": "Kriteria rujukan"}),
        _output(AREA_OF, "Area", {"reference": "#Q101", "display": "Jejaring Wilayah Rujukan"}),
    ]
    task["basedOn"] = [*listed(task.get("basedOn")), {"reference": f"Task/{id_}"}]


def _others(task: Body, ids: set[str]) -> list[Body]:
    return [c for c in listed(task.get("contained")) if c.get("id") not in ids]


def _output(code: str, display: str, reference: Body) -> Body:
    return {"type": concept(TERMS, code, display), "valueReference": reference}


def candidates(task: Body, found: Sequence[tuple[str, str, int, Sequence[str]]]) -> None:
    """Name the candidates, best first: (organization, name, rank, why)."""
    outputs = [
        {
            "extension": [
                {"url": f"{OURS}/StructureDefinition/referral-rank", "valuePositiveInt": rank},
                *({"url": f"{OURS}/StructureDefinition/referral-rank-reason", "valueString": why} for why in reasons),
            ],
            **_output(CANDIDATE, "Referral candidate", {"reference": f"Organization/{organization}", "display": name}),
        }
        for organization, name, rank, reasons in found
    ]
    if outputs:
        task["output"] = [*listed(task.get("output")), *outputs]


def numbered(request: Body, number: str) -> None:
    """Our own number beside the client's."""
    own = {"system": NUMBER, "value": number}
    given = [i for i in listed(request.get("identifier")) if i.get("system") != NUMBER]
    request["identifier"] = [*given, own]
