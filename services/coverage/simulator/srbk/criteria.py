"""GetKriteriaRujukan: what may be asked of the next level for one diagnosis, and the areas to choose from."""

from typing import Any

from services.coverage.simulator.codes import rows
from services.coverage.simulator.door import Ask
from services.coverage.simulator.srbk.reading import criteria_of, encounter, first_diagnosis, organization, sent
from services.coverage.simulator.srbk.service import SRBK

AREA = "http://sys-ids.kemkes.go.id/administrative-area"


@SRBK.post("/Sisrute/GetKriteriaRujukan")
def criteria(ask: Ask) -> Any:
    """The criteria of a diagnosis; their ids are the diagnosis' own."""
    body = sent(ask)
    organization(body)
    encounter(body, bare=False)
    code = first_diagnosis(body)
    return {"kriteriaRujukan": criteria_of(ask, code), "JejaringWilayah": [_areas()]}


def _areas() -> dict[str, Any]:
    """Provinces and districts as a questionnaire."""
    listed = rows("wilayah")
    return {
        "linkId": "1", "text": "Jejaring wilayah rujukan", "type": "group", "item": [
            {"linkId": "1.1", "text": "Provinsi", "type": "choice", "answerOption": _options(listed, 2)},
            {"linkId": "1.2", "text": "Kabupaten/Kota", "type": "choice", "answerOption": _options(listed, 4)},
        ],
    }  # fmt: skip


def _options(listed: tuple[dict[str, Any], ...], digits: int) -> list[dict[str, Any]]:
    return [
        {"valueCoding": {"system": AREA, "code": row["kode"], "display": row["nama"]}}
        for row in listed
        if len(row["kode"]) == digits
    ]
