"""What hangs on a visit, kept by its own number: medicines, acts, check-ups."""

import json
from typing import Any

from services.coverage.simulator.answers import REFERENCE, Said, created, wrong
from services.coverage.simulator.door import Ask, Stop
from services.coverage.simulator.pcare.kunjungan import mine
from services.coverage.simulator.pcare.reading import NO_DATA, Fields


def visit_of(ask: Ask, fields: Fields) -> str:
    """The visit a body names; it must be the facility's own. "" with a fault noted when it is not."""
    found = mine(ask, str(fields.body.get("noKunjungan")))
    if found is None:
        fields.fault("noKunjungan")
        return ""
    return str(found["no"])


def add(ask: Ask, kind: str, visit: str) -> int:
    """Keep the body as a part of a visit; its number."""
    sql = "INSERT INTO part (kind, visit, body) VALUES (?, ?, ?) RETURNING sk"
    return int(ask.store.value(sql, kind, visit, json.dumps(ask.body)))


def added(*numbers: tuple[str, int | None]) -> Said:
    """201 with the number of what was added."""
    return created([{"field": name, "message": None if n is None else str(n)} for name, n in numbers])


def change(ask: Ask, kind: str, key: str, visit: str) -> Said:
    """Replace a part by the body; `key` names its number in it. Raises Stop when there is none."""
    number = str(ask.body.get(key))
    changed = ask.store.run(
        "UPDATE part SET body = ? WHERE sk = ? AND kind = ? AND visit = ?", json.dumps(ask.body), number, kind, visit
    )
    if not changed:
        raise Stop(wrong((key, REFERENCE)))
    return Said([{"field": key, "message": number}])


def of_visit(ask: Ask, kind: str, visit: str) -> list[tuple[int, dict[str, Any]]]:
    """The parts of one of the facility's visits, with their numbers. Raises Stop when the visit is not its own."""
    found = mine(ask, visit)
    if found is None:
        raise Stop(NO_DATA)
    rows = ask.store.all("SELECT sk, body FROM part WHERE visit = ? AND kind = ? ORDER BY sk", found["no"], kind)
    return [(row["sk"], json.loads(row["body"])) for row in rows]


def remove(ask: Ask, kind: str, number: str, visit: str) -> Any:
    """Delete one part."""
    found = mine(ask, visit)
    if found is None or not ask.store.run(
        "DELETE FROM part WHERE sk = ? AND kind = ? AND visit = ?", number, kind, found["no"]
    ):
        return NO_DATA
    return None
