"""Tickets: what a facility tells BPJS of its queue (added, called, cancelled)."""

import json
import re
import sqlite3
from typing import Any

from services.coverage.simulator.answers import Refusal
from services.coverage.simulator.antrean.service import ANTREAN
from services.coverage.simulator.codes import by_code
from services.coverage.simulator.door import Ask
from services.coverage.simulator.vclaim.reading import day as ymd
from services.coverage.simulator.vclaim.reading import refuse

STATES = {1: "present", 2: "absent"}
TAKEN = "Peserta Sudah Mengambil Antrean Di Poli Yang Sama Pada Hari Yang Sama"
NO_TICKET = Refusal(201, "Antrean Tidak Ditemukan")


@ANTREAN.post("/antrean/add")
def add(ask: Ask) -> Any:
    """A ticket was taken. One for each patient, poli and day that is not cancelled."""
    body = _object(ask)
    card, nik = _text(body, "nomorkartu"), _text(body, "nik")
    if card and not (re.fullmatch(r"\d{13}", card) and ask.world.by_card(card)):
        raise refuse("Nomor Kartu tidak sesuai")
    if not re.fullmatch(r"\d{16}", nik):
        raise refuse("NIK tidak sesuai, harus 16 digit")
    on, poli = ymd(body.get("tanggalperiksa"), "Tanggal Periksa"), _poli(body)
    if on < ask.today:
        raise refuse("Tanggal Periksa tidak boleh sebelum hari ini")
    number, place = _text(body, "nomorantrean"), body.get("angkaantrean")
    if not number or isinstance(place, bool) or not isinstance(place, int) or place < 1:
        raise refuse("Nomor Antrean tidak sesuai")
    if isinstance(body.get("kodedokter"), bool) or not isinstance(body.get("kodedokter"), int):
        raise refuse("Kode Dokter tidak sesuai")
    if not re.fullmatch(r"\d\d:\d\d-\d\d:\d\d", _text(body, "jampraktek")):
        raise refuse("Jam Praktek tidak sesuai")
    key = (_facility(ask), on.isoformat(), poli, card or nik)
    if ask.store.one("SELECT 1 FROM ticket WHERE (provider, day, poli, who) = (?, ?, ?, ?) AND state <> 'cancelled'",
                     *key):  # fmt: skip
        raise refuse(TAKEN)
    ask.store.run(
        "INSERT INTO ticket (provider, day, poli, who, card, number, state, body, at)"
        " VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
        *key, card, number, json.dumps(body), ask.world.now(),
    )  # fmt: skip
    return None


@ANTREAN.post("/antrean/panggil")
def call(ask: Ask) -> Any:
    """A patient was called and is there (1) or not (2)."""
    body = _object(ask)
    state, at = STATES.get(_number(body, "status")), _number(body, "waktu")
    if state is None:
        raise refuse("Status tidak sesuai (1 hadir, 2 tidak hadir)")
    if at < 10**12:
        raise refuse("Waktu tidak sesuai, harus milidetik")
    return _changed(ask, body, state)


@ANTREAN.post("/antrean/batal")
def cancel(ask: Ask) -> Any:
    """A ticket was given up."""
    body = _object(ask)
    if not (_text(body, "alasan") or _text(body, "keterangan")):
        raise refuse("Alasan tidak boleh kosong")
    return _changed(ask, body, "cancelled")


def _changed(ask: Ask, body: dict[str, Any], state: str) -> Any:
    found = _ticket(ask, body)
    if found is None:
        return NO_TICKET
    if state == "cancelled" and found["state"] == "present":
        raise refuse("Pasien Sudah Dilayani, Antrean Tidak Dapat Dibatalkan")
    ask.store.run("UPDATE ticket SET state = ?, changed = ? WHERE id = ?", state, ask.world.now(), found["id"])
    return None


def _ticket(ask: Ask, body: dict[str, Any]) -> sqlite3.Row | None:
    """The ticket a message is about, by card, or by NIK for who has none."""
    on, poli = ymd(body.get("tanggalperiksa"), "Tanggal Periksa"), _poli(body)
    who = _text(body, "nomorkartu") or _text(body, "nik")
    return ask.store.one(
        "SELECT * FROM ticket WHERE (provider, day, poli, who) = (?, ?, ?, ?) AND state <> 'cancelled'",
        _facility(ask), on.isoformat(), poli, who,
    )  # fmt: skip


def _facility(ask: Ask) -> str:
    return ask.provider or ""


def _object(ask: Ask) -> dict[str, Any]:
    if not isinstance(ask.body, dict):
        raise refuse("Format JSON tidak sesuai")
    return ask.body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    return value.strip() if isinstance(value, str) else ""


def _number(body: dict[str, Any], name: str) -> int:
    """A number, also written as a text; 0 when it is none."""
    value = body.get(name)
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _poli(body: dict[str, Any]) -> str:
    poli = _text(body, "kodepoli")
    if poli not in by_code("poli"):
        raise refuse("Poli Tidak Ditemukan")
    return poli
