"""Pendaftaran: a member is registered at a poli for a day; without it no visit can be entered."""

import json
import sqlite3
from typing import Any

from services.coverage.simulator.answers import ENTERED, created, wrong
from services.coverage.simulator.codes import by_code
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare.reading import NO_DATA, Fields, day_of_path, dmy, window
from services.coverage.simulator.pcare.service import PCARE
from services.coverage.simulator.providers import NOWHERE

MEASURES = (
    "sistole", "diastole", "beratBadan", "tinggiBadan", "respRate", "lingkarPerut", "heartRate",
)  # fmt: skip
SERVED = "Pendaftaran sudah dilayani, tidak dapat dihapus."


@PCARE.post("/pendaftaran")
def register(ask: Ask) -> Any:
    """Register; answers the queue number as an object. One per member, poli and day."""
    fields = Fields(ask.body)
    member = fields.member(ask, active=True)
    day = fields.day("tglDaftar", until=ask.today)
    poli = fields.listed("kdPoli", by_code("poli"))
    fields.listed("kdTkp", by_code("tkp"))
    fields.text("kdProviderPeserta", r"[A-Za-z0-9]{8}")
    sick = fields.check("kunjSakit", lambda v: isinstance(v, bool))
    if poli and isinstance(sick, bool) and by_code("poli")[poli]["poliSakit"] is not sick:
        fields.fault("kunjSakit")
    fields.measures(*MEASURES, "rujukBalik")
    fields.done()
    assert member is not None and day is not None  # noqa: S101 - else there were faults
    provider = ask.provider or _by_body(ask, str(ask.body["kdProviderPeserta"]))
    key = (provider, day.isoformat(), member["noKartu"], poli)
    if ask.store.one("SELECT 1 FROM registration WHERE (provider, day, card, poli) = (?, ?, ?, ?)", *key):
        return wrong(("noKartu", ENTERED))
    seq = ask.store.next(f"{provider} {day} noUrut")
    ask.store.run(
        "INSERT INTO registration (provider, day, seq, no_urut, card, poli, body, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        provider, day.isoformat(), seq, f"A{seq}", member["noKartu"], poli, json.dumps(ask.body), ask.world.now(),
    )  # fmt: skip
    return created({"field": "noUrut", "message": f"A{seq}"})


@PCARE.get("/pendaftaran/noUrut/{number}/tglDaftar/{day}")
def by_number(ask: Ask, number: str, day: str) -> Any:
    """One registration by its queue number."""
    found = ask.store.one(
        "SELECT * FROM registration WHERE day = ? AND no_urut = ? AND provider = coalesce(?, provider)",
        day_of_path(day).isoformat(), number.upper(), ask.provider,
    )  # fmt: skip
    return shown(ask, found) if found else NO_DATA


@PCARE.get("/pendaftaran/tglDaftar/{day}/{start}/{limit}")
def of_day(ask: Ask, day: str, start: str, limit: str) -> Any:
    """The facility's registrations of one day, in the order they came."""
    first, size = window(start, limit)
    mine = (day_of_path(day).isoformat(), ask.provider)
    where = "FROM registration WHERE day = ? AND provider = coalesce(?, provider)"
    rows = ask.store.all(f"SELECT * {where} ORDER BY provider, seq LIMIT ? OFFSET ?", *mine, size, first)
    return {"count": ask.store.value(f"SELECT count(*) {where}", *mine), "list": [shown(ask, r) for r in rows]}


@PCARE.delete("/pendaftaran/peserta/{card}/tglDaftar/{day}/noUrut/{number}/kdPoli/{poli}")
def remove(ask: Ask, card: str, day: str, number: str, poli: str) -> Any:
    """Delete a registration, unless it has been served."""
    key = (day_of_path(day).isoformat(), number.upper(), card, poli, ask.provider)
    where = "WHERE day = ? AND no_urut = ? AND card = ? AND poli = ? AND provider = coalesce(?, provider)"
    found = ask.store.one(f"SELECT visit FROM registration {where}", *key)
    if found is None:
        return NO_DATA
    if found["visit"]:
        return wrong(("noUrut", SERVED))
    ask.store.run(f"DELETE FROM registration {where}", *key)
    return None


def _by_body(ask: Ask, named: str) -> str:
    """Whom the public account of a district registers for: the member's FKTP when the network has it."""
    return named if any(p.code == named for p in ask.world.providers) else NOWHERE.code


def shown(ask: Ask, row: sqlite3.Row) -> dict[str, Any]:
    """A registration as PCare lists it."""
    body = json.loads(row["body"])
    return {
        "noUrut": row["no_urut"],
        "tgldaftar": dmy(row["day"]),
        "providerPelayanan": ask.world.provider(row["provider"]).named(),
        "peserta": ask.world.by_card(row["card"]),
        "poli": by_code("poli")[row["poli"]],
        "keluhan": body.get("keluhan"),
        "kunjSakit": body["kunjSakit"],
        "status": "Sudah dilayani" if row["visit"] else "Belum dilayani",
        **{name: body.get(name, 0) for name in MEASURES},
        "rujukBalik": body.get("rujukBalik", 0),
        "tkp": by_code("tkp")[body["kdTkp"]],
    }
