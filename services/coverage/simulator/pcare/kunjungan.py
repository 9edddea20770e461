"""Kunjungan: the visit of a registered member; with `rujukLanjut` its number is the referral's number, too."""

import json
import sqlite3
from datetime import date
from typing import Any

from services.coverage.simulator.answers import ENTERED, NOT_REGISTERED, UNKNOWN_PATH, Said, created, wrong
from services.coverage.simulator.codes import by_code
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare import visiting
from services.coverage.simulator.pcare.reading import NO_DATA, diagnosis, dmy
from services.coverage.simulator.pcare.service import PCARE

VITALS = (
    "sistole", "diastole", "beratBadan", "tinggiBadan", "respRate", "heartRate", "lingkarPerut", "suhu",
)  # fmt: skip

PROGRAMS = {
    "DM": {"kdProgram": "01", "nmProgram": "Diabetes Melitus"},
    "HT": {"kdProgram": "02", "nmProgram": "Hipertensi"},
}


@PCARE.post("/kunjungan/V1")
def enter(ask: Ask) -> Any:
    """Enter a visit; answers its number in a list."""
    return created([enter_visit(ask)])


@PCARE.post("/kunjungan")
def enter_old(ask: Ask) -> Any:
    """The old address: unknown but for old accounts, for whom the answer is an object."""
    return created(enter_visit(ask)) if ask.account.old_style else UNKNOWN_PATH


def enter_visit(ask: Ask) -> dict[str, str]:
    """Enter the visit of the body; its number as a field. Raises Stop."""
    read = visiting.read(ask)
    registered = ask.store.one(
        "SELECT * FROM registration WHERE day = ? AND card = ? AND poli = ? AND provider = coalesce(?, provider)",
        read.day.isoformat(), read.card, read.poli, ask.provider,
    )  # fmt: skip
    if registered is None:
        raise visiting.Stop(wrong(("kdPoli", NOT_REGISTERED)))
    if registered["visit"]:
        raise visiting.Stop(wrong(("noKartu", ENTERED)))
    number = _number(ask, registered, read.day)
    ask.store.run(
        "INSERT INTO visit (no, provider, day, no_urut, card, poli, body, referred, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        number, registered["provider"], registered["day"], registered["no_urut"], read.card, read.poli,
        json.dumps(ask.body), read.referred, ask.world.now(),
    )  # fmt: skip
    ask.store.run(
        "UPDATE registration SET visit = ? WHERE (provider, day, no_urut) = (?, ?, ?)",
        number, registered["provider"], registered["day"], registered["no_urut"],
    )  # fmt: skip
    return {"field": "noKunjungan", "message": number}


def _number(ask: Ask, registered: sqlite3.Row, day: date) -> str:
    """kdProvider, month and year, a letter, six digits. What the letters mean is unpublished: here Y is a treatment
    (RJTP, RITP) and P promotive."""
    letter = "P" if json.loads(registered["body"])["kdTkp"] == "50" else "Y"
    stem = f"{registered['provider']}{day:%m%y}{letter}"
    return f"{stem}{ask.store.next(stem):06d}"


@PCARE.put("/kunjungan/V1")
def change(ask: Ask) -> Any:
    """Change a visit: the whole body again, with its number. Member, day and poli stay."""
    read = visiting.read(ask)
    found = mine(ask, str(ask.body.get("noKunjungan")))
    if found is None or (found["card"], found["day"], found["poli"]) != (read.card, read.day.isoformat(), read.poli):
        return wrong(("noKunjungan", visiting.REFERENCE))
    ask.store.run(
        "UPDATE visit SET body = ?, referred = ?, changed = ? WHERE no = ?",
        json.dumps(ask.body), read.referred, ask.world.now(), found["no"],
    )  # fmt: skip
    return Said([{"field": "noKunjungan", "message": found["no"]}])


@PCARE.delete("/kunjungan/{number}")
def remove(ask: Ask, number: str) -> Any:
    """Delete a visit with all that hangs on it; its registration is open again."""
    found = mine(ask, number)
    if found is None:
        return NO_DATA
    ask.store.run("DELETE FROM part WHERE visit = ?", found["no"])
    ask.store.run("DELETE FROM visit WHERE no = ?", found["no"])
    ask.store.run(
        "UPDATE registration SET visit = NULL WHERE (provider, day, no_urut) = (?, ?, ?)",
        found["provider"], found["day"], found["no_urut"],
    )  # fmt: skip
    return None


def mine(ask: Ask, number: str) -> sqlite3.Row | None:
    """A visit of the facility that asks, by number."""
    return ask.store.one(
        "SELECT * FROM visit WHERE no = ? AND provider = coalesce(?, provider)", number.upper(), ask.provider
    )


@PCARE.get("/kunjungan/peserta/{card}")
def history(ask: Ask, card: str) -> Any:
    """A member's visits at every facility, the last one first."""
    rows = ask.store.all("SELECT * FROM visit WHERE card = ? ORDER BY day DESC, at DESC", card)
    return {"count": len(rows), "list": [shown(ask, row) for row in rows]}


def shown(ask: Ask, row: sqlite3.Row) -> dict[str, Any]:
    """A visit as the history shows it."""
    body, world = json.loads(row["body"]), ask.world
    member = world.by_card(row["card"])
    onward = body.get("rujukLanjut") or {}
    target = visiting.hospital(onward.get("kdppk")) if onward else None
    return {
        "noKunjungan": row["no"],
        "tglKunjungan": dmy(row["day"]),
        "providerPelayanan": world.provider(row["provider"]).named(),
        "peserta": member,
        "poli": by_code("poli")[row["poli"]],
        "progProlanis": PROGRAMS.get(member["pstProl"]) if member else None,
        "keluhan": body.get("keluhan"),
        **{f"diagnosa{i}": _diagnosis(body.get(f"kdDiag{i}")) for i in (1, 2, 3)},
        "kesadaran": by_code("kesadaran").get(body["kdSadar"]),
        **{name: body.get(name, 0) for name in VITALS},
        "rujukBalik": 0,
        "providerAsalRujuk": None,
        "providerRujukLanjut": {"kdProvider": target["kdppk"], "nmProvider": target["nmppk"]} if target else None,
        "dokter": visiting.doctor(ask, row["provider"], body["kdDokter"]),
        "statusPulang": visiting.left(body["kdStatusPulang"]),
        "tkp": by_code("tkp")[visiting.tkp(ask, row)],
        "tglPulang": body.get("tglPulang"),
    }


def _diagnosis(code: str | None) -> dict[str, Any] | None:
    return diagnosis(code) if code else None
