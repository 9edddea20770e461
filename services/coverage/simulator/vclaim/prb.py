"""PRB: a stable chronic patient goes back to the first level with its medicines (surat rujuk balik)."""

import json
import sqlite3
from datetime import date
from typing import Any

from services.coverage.simulator.answers import Refusal
from services.coverage.simulator.door import Ask
from services.coverage.simulator.vclaim.reading import day, hospital, iso, listed, member, part, refuse, text
from services.coverage.simulator.vclaim.service import VCLAIM

PROGRAMS = {
    "01": "Diabetes Mellitus", "02": "Hypertensi", "03": "Asthma", "04": "Penyakit Jantung",
    "05": "PPOK (Penyakit Paru Obstruktif Kronik)", "06": "Schizophrenia", "07": "Stroke", "08": "Epilepsi",
    "09": "Systemic Lupus Erythematosus",
}  # fmt: skip
NONE = Refusal(201, "Data PRB Tidak Ditemukan")


@VCLAIM.post("/PRB/insert")
def insert(ask: Ask) -> Any:
    """Send a patient back; answers the number of the letter (noSRB)."""
    body = part(ask, "t_prb")
    sep = ask.store.one("SELECT * FROM sep WHERE no = ? AND provider = ?", text(body, "noSep"), hospital(ask))
    if sep is None or sep["card"] != text(body, "noKartu"):
        raise refuse("No.SEP Tidak Ditemukan")
    _check(body)
    number = f"{7_000_000 + ask.store.next('noSRB')}"
    ask.store.run(
        "INSERT INTO prb (no, provider, card, sep, day, body) VALUES (?, ?, ?, ?, ?, ?)",
        number, hospital(ask), sep["card"], sep["no"], ask.today.isoformat(), json.dumps(body),
    )  # fmt: skip
    row = ask.store.one("SELECT * FROM prb WHERE no = ?", number)
    assert row is not None  # noqa: S101 - it was written a line above
    return shown(ask, row)


def _check(body: dict[str, Any]) -> None:
    listed(body, "programPRB", set(PROGRAMS))
    for name in ("alamat", "kodeDPJP", "keterangan", "saran", "user"):
        text(body, name)
    medicines = body.get("obat")
    if not isinstance(medicines, list) or not medicines or not all(isinstance(m, dict) for m in medicines):
        raise refuse("obat tidak boleh kosong")
    for medicine in medicines:
        for name in ("kdObat", "signa1", "signa2", "jmlObat"):
            text(medicine, name)


@VCLAIM.put("/PRB/Update")
def update(ask: Ask) -> Any:
    """Change a letter; answers its number."""
    body = part(ask, "t_prb")
    row = _mine(ask, body)
    changed = json.loads(row["body"]) | body
    _check(changed)
    ask.store.run("UPDATE prb SET body = ? WHERE no = ?", json.dumps(changed), row["no"])
    return row["no"]


@VCLAIM.delete("/PRB/Delete")
def delete(ask: Ask) -> Any:
    """Delete a letter; answers its number."""
    body = part(ask, "t_prb")
    row = _mine(ask, body)
    ask.store.run("DELETE FROM prb WHERE no = ?", row["no"])
    return row["no"]


def _mine(ask: Ask, body: dict[str, Any]) -> sqlite3.Row:
    number = body.get("noSrb") or body.get("noSRB") or body.get("noSRb")
    row = ask.store.one(
        "SELECT * FROM prb WHERE no = ? AND sep = ? AND provider = ?",
        str(number or ""), text(body, "noSep"), hospital(ask),
    )  # fmt: skip
    if row is None:
        raise refuse("No.SRB Tidak Ditemukan")
    return row


@VCLAIM.get("/prb/{number}/nosep/{sep}")
def one(ask: Ask, number: str, sep: str) -> Any:
    """One letter."""
    row = ask.store.one("SELECT * FROM prb WHERE no = ? AND sep = ?", number, sep)
    return {"prb": shown(ask, row)} if row else NONE


@VCLAIM.get("/prb/tglMulai/{first}/tglAkhir/{last}")
def between(ask: Ask, first: str, last: str) -> Any:
    """The hospital's letters of some days."""
    rows = ask.store.all(
        "SELECT * FROM prb WHERE provider = ? AND day BETWEEN ? AND ? ORDER BY no",
        hospital(ask), day(first).isoformat(), day(last).isoformat(),
    )  # fmt: skip
    return {"prb": {"list": [shown(ask, row) for row in rows]}} if rows else NONE


def shown(ask: Ask, row: sqlite3.Row) -> dict[str, Any]:
    """A letter as VClaim shows it."""
    body, who = json.loads(row["body"]), member(ask, row["card"])
    home = who["kdProviderPst"]
    return {
        "DPJP": {"kode": body["kodeDPJP"], "nama": f"dr. DPJP {body['kodeDPJP']}"},
        "noSEP": row["sep"],
        "noSRB": row["no"],
        "obat": {"obat": [_medicine(m) for m in body["obat"]]},
        "peserta": {
            "alamat": body["alamat"],
            "asalFaskes": {"kode": home["kdProvider"], "nama": home["nmProvider"]},
            "email": body.get("email") or "",
            "kelamin": who["sex"],
            "nama": who["nama"],
            "noKartu": row["card"],
            "noTelepon": who["noHP"],
            "tglLahir": iso(who["tglLahir"]),
        },
        "programPRB": {"kode": body["programPRB"], "nama": PROGRAMS[body["programPRB"]]},
        "keterangan": body["keterangan"],
        "saran": body["saran"],
        "tglSRB": date.fromisoformat(row["day"]).isoformat(),
    }


def _medicine(medicine: dict[str, Any]) -> dict[str, Any]:
    named = {"kdObat": medicine["kdObat"], "nmObat": f"Obat {medicine['kdObat']}"}
    return named | {name: str(medicine[name]) for name in ("signa1", "signa2", "jmlObat")}
