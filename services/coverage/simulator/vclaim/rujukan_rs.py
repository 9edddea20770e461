"""Rujukan of hospitals: made from a SEP, full, partial or back to the first level; read, changed, deleted."""

import json
import sqlite3
from datetime import date
from typing import Any

from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare.reading import diagnosis
from services.coverage.simulator.vclaim import peserta, rujukan
from services.coverage.simulator.vclaim.reading import (
    KINDS,
    VALID,
    day,
    hospital,
    iso,
    listed,
    member,
    named,
    part,
    poli,
    refuse,
    text,
)  # fmt: skip
from services.coverage.simulator.vclaim.service import VCLAIM

TYPES = {"0": "Penuh", "1": "Partial", "2": "Rujuk Balik"}


@VCLAIM.get("/Rujukan/RS/{number}")
def one(ask: Ask, number: str) -> Any:
    """One referral by its number."""
    row = ask.store.one("SELECT * FROM hospital_referral WHERE no = ?", number)
    return {"rujukan": shown(ask, row)} if row else rujukan.NONE


@VCLAIM.get("/Rujukan/RS/Peserta/{card}")
def latest(ask: Ask, card: str) -> Any:
    """A member's last valid one."""
    found = _valid(ask, card)
    return {"asalFaskes": "2", "rujukan": shown(ask, found[0])} if found else rujukan.NONE_VALID


@VCLAIM.get("/Rujukan/RS/List/Peserta/{card}")
def several(ask: Ask, card: str) -> Any:
    """All of a member's valid ones, the last one first."""
    found = _valid(ask, card)
    return {"asalFaskes": "2", "rujukan": [shown(ask, row) for row in found]} if found else rujukan.NONE_VALID


def _valid(ask: Ask, card: str) -> list[sqlite3.Row]:
    found = ask.store.all("SELECT * FROM hospital_referral WHERE card = ? ORDER BY day DESC, no DESC", card)
    return [row for row in found if date.fromisoformat(row["planned"]) + VALID >= ask.today]


@VCLAIM.post("/Rujukan/2.0/insert")
def insert(ask: Ask) -> Any:
    """Refer the patient of a SEP onward."""
    body = part(ask, "t_rujukan")
    sep = ask.store.one("SELECT * FROM sep WHERE no = ?", text(body, "noSep"))
    if sep is None or sep["provider"] != hospital(ask):
        raise refuse("No.SEP Tidak Ditemukan")
    made, planned = _read(ask, body)
    stem = f"{hospital(ask)}{made:%m%y}B"
    number = f"{stem}{ask.store.next(stem):06d}"
    ask.store.run(
        "INSERT INTO hospital_referral (no, provider, card, sep, day, planned, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
        number, hospital(ask), sep["card"], sep["no"], made.isoformat(), planned.isoformat(), json.dumps(body),
    )  # fmt: skip
    return {"rujukan": _made(ask, number, sep["card"], body, made, planned)}


def _read(ask: Ask, body: dict[str, Any]) -> tuple[date, date]:
    """Check a referral's body: the day it is made and the day it is meant for. Raises Stop."""
    made, planned = day(body.get("tglRujukan"), "tglRujukan"), day(body.get("tglRencanaKunjungan"))
    if made > ask.today:
        raise refuse("tglRujukan tidak boleh melebihi tanggal hari ini")
    if planned < made:
        raise refuse("tglRencanaKunjungan tidak boleh sebelum tglRujukan")
    listed(body, "jnsPelayanan", set(KINDS))
    kind = listed(body, "tipeRujukan", set(TYPES))
    target = text(body, "ppkDirujuk")
    if len(target) != 8 or (kind != "2" and target == hospital(ask)):
        raise refuse("ppkDirujuk tidak sesuai")
    if diagnosis(text(body, "diagRujukan")) is None:
        raise refuse("diagRujukan tidak sesuai")
    text(body, "poliRujukan", empty=kind == "2")
    text(body, "user")
    return made, planned


def _made(ask: Ask, number: str, card: str, body: dict[str, Any], made: date, planned: date) -> dict[str, Any]:
    who, first = member(ask, card), diagnosis(body["diagRujukan"]) or {}
    return {
        "AsalRujukan": named(ask, hospital(ask)),
        "diagnosa": {"kode": body["diagRujukan"], "nama": first.get("nmDiag")},
        "noRujukan": number,
        "peserta": {
            "asuransi": "-", "hakKelas": who["jnsKelas"]["nama"], "jnsPeserta": who["jnsPeserta"]["nama"],
            "kelamin": "Perempuan" if who["sex"] == "P" else "Laki-Laki", "nama": who["nama"], "noKartu": card,
            "noMr": "", "tglLahir": iso(who["tglLahir"]),
        },
        "poliTujuan": poli(str(body.get("poliRujukan") or "")),
        "tglBerlakuKunjungan": (planned + VALID).isoformat(),
        "tglRencanaKunjungan": planned.isoformat(),
        "tglRujukan": made.isoformat(),
        "tujuanRujukan": named(ask, body["ppkDirujuk"]),
    }  # fmt: skip


@VCLAIM.put("/Rujukan/2.0/Update")
def update(ask: Ask) -> Any:
    """Change a referral that has not been used; answers its number."""
    body = part(ask, "t_rujukan")
    row = _unused(ask, body)
    changed = json.loads(row["body"]) | body
    made, planned = _read(ask, changed)
    ask.store.run(
        "UPDATE hospital_referral SET day = ?, planned = ?, body = ? WHERE no = ?",
        made.isoformat(), planned.isoformat(), json.dumps(changed), row["no"],
    )  # fmt: skip
    return row["no"]


@VCLAIM.delete("/Rujukan/delete")
def delete(ask: Ask) -> Any:
    """Delete a referral that has not been used; answers its number."""
    body = part(ask, "t_rujukan")
    row = _unused(ask, body)
    text(body, "user")
    ask.store.run("DELETE FROM hospital_referral WHERE no = ?", row["no"])
    return row["no"]


def _unused(ask: Ask, body: dict[str, Any]) -> sqlite3.Row:
    number = text(body, "noRujukan")
    row = ask.store.one("SELECT * FROM hospital_referral WHERE no = ? AND provider = ?", number, hospital(ask))
    if row is None:
        raise refuse("No.Rujukan Tidak Ditemukan")
    if ask.store.value("SELECT count(*) FROM sep WHERE referral = ?", number):
        raise refuse("Rujukan Sudah Digunakan, Tidak Dapat Diubah")
    return row


def shown(ask: Ask, row: sqlite3.Row) -> dict[str, Any]:
    """A hospital's referral as VClaim shows it."""
    body, made = json.loads(row["body"]), date.fromisoformat(row["day"])
    who, first = ask.world.by_card(row["card"]), diagnosis(body["diagRujukan"]) or {}
    return {
        "diagnosa": {"kode": body["diagRujukan"], "nama": first.get("nmDiag")},
        "keluhan": body.get("catatan") or "",
        "noKunjungan": row["no"],
        "pelayanan": {"kode": body["jnsPelayanan"], "nama": KINDS[body["jnsPelayanan"]]},
        "peserta": peserta.shown(who, made, ask.today) if who else None,
        "poliRujukan": poli(str(body.get("poliRujukan") or "")),
        "provPerujuk": named(ask, row["provider"]),
        "tglKunjungan": row["day"],
    }
