"""Reading what the pilot path is sent; the first fault ends it with code 400 and the words integrators have met."""

import re
from typing import Any

from services.coverage.simulator.answers import Refusal
from services.coverage.simulator.codes import by_code
from services.coverage.simulator.door import Ask, Stop
from services.coverage.simulator.members import Draw
from services.coverage.simulator.pcare.reading import diagnosis

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NO_CRITERIA = "Response Satu Sehat tidak mengandung Kriteria Rujukan dan Jejaring Wilayah"
ONE_ONLY = "Kriteria Rujukan hanya boleh mengisi salah satu dari Terapi, Tindakan Medis, atau Upaya Diagnosis"
KINDS = (("Terapi", "boolean"), ("Tindakan Medis", "text"), ("Upaya Diagnosis", "boolean"))


def refuse(message: str) -> Stop:
    """To be raised: 400 with these words."""
    return Stop(Refusal(400, message))


def sent(ask: Ask) -> dict[str, Any]:
    """The body. Raises Stop."""
    if not isinstance(ask.body, dict):
        raise refuse("Format json tidak valid")
    return ask.body


def inner(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object inside the body. Raises Stop."""
    found = body.get(name)
    if not isinstance(found, dict):
        raise refuse(f"Format json tidak valid: {name}")
    return found


def organization(body: dict[str, Any], name: str = "kodeFaskesSatuSehat") -> str:
    """A SATUSEHAT organisation number, without its prefix. Raises Stop."""
    value = body.get(name)
    if not isinstance(value, str) or not re.fullmatch(r"\d{6,12}", value):
        raise refuse(f"{name} tidak valid")
    return value


def encounter(body: dict[str, Any], bare: bool) -> str:
    """The Encounter's id: `Encounter/<uuid>`, or bare where BPJS puts the prefix itself. Raises Stop."""
    reference = inner(body, "encounter").get("reference")
    value = reference if isinstance(reference, str) else ""
    if bare and value.startswith("Encounter/"):
        raise refuse(f"error in parsing references Encounter/{value}")
    if not re.fullmatch(UUID if bare else f"Encounter/{UUID}", value):
        raise refuse("encounter.reference tidak valid")
    return value.removeprefix("Encounter/")


def first_diagnosis(body: dict[str, Any], name: str = "kodeDiagnosa") -> str:
    """An ICD-10 code; one that is too general has no criteria. Raises Stop."""
    code = body.get(name)
    if not isinstance(code, str) or diagnosis(code) is None:
        raise refuse(f"{name} tidak valid")
    if "." not in code and code not in by_code("diagnosa"):
        raise refuse(NO_CRITERIA)
    return code


def criteria_of(ask: Ask, code: str) -> list[dict[str, Any]]:
    """The criteria of one diagnosis; their ids are another diagnosis' never."""
    draw = Draw(ask.world.settings.seed, f"srbk:{code}")
    return [
        {"linkId": f"{10_000 + draw.of(kind, 80_000)},{10_000 + draw.of(kind + '+', 80_000)}", "text": kind,
         "type": form, "item": None}
        for kind, form in KINDS
    ]  # fmt: skip


def criterion(ask: Ask, body: dict[str, Any], code: str) -> dict[str, Any]:
    """The one criterion that was chosen, checked against those of the diagnosis. Raises Stop."""
    items = inner(body, "kriteriaRujukan").get("item")
    if not isinstance(items, list) or not all(isinstance(i, dict) for i in items):
        raise refuse("Format json tidak valid: kriteriaRujukan")
    if len(items) != 1:
        raise refuse(ONE_ONLY)
    chosen: dict[str, Any] = items[0]
    known = {c["linkId"]: c for c in criteria_of(ask, code)}.get(str(chosen.get("linkId")))
    if known is None or known["text"] != chosen.get("text"):
        raise refuse("linkId Kriteria Rujukan tidak sesuai dengan diagnosa")
    answers = chosen.get("answer")
    answer = answers[0] if isinstance(answers, list) and len(answers) == 1 and isinstance(answers[0], dict) else {}
    if known["type"] == "boolean" and answer.get("valueBoolean") is not True:
        raise refuse(f"answer {known['text']} tidak valid (valueBoolean)")
    if known["type"] == "text" and not re.fullmatch(r"\d{2}(\.\d{1,2})?", str(answer.get("valueString", ""))):
        raise refuse("answer Tindakan Medis tidak valid (valueString: kode ICD-9-CM)")
    return chosen


def area(body: dict[str, Any]) -> dict[str, Any]:
    """The area of the network. Raises Stop."""
    found = inner(body, "codeJejaringWilayah")
    if not re.fullmatch(r"\d{2}", str(found.get("kodePropinsi", ""))):
        raise refuse("kodePropinsi pada codeJejaringWilayah tidak valid (harus 2 digit angka)")
    return found


def organization_of(ask: Ask, code: str) -> str:
    """The SATUSEHAT number of a hospital by its BPJS code."""
    return f"{100_000_000 + Draw(ask.world.settings.seed, f'org:{code}').of('org', 900_000)}"
