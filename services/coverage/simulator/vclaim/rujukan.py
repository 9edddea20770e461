"""Rujukan from the first level: the referrals facilities have entered in PCare, as the hospital reads them."""

import json
import sqlite3
from datetime import date
from typing import Any

from services.coverage.simulator.answers import Refusal
from services.coverage.simulator.codes import by_code, rows
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare.reading import day as pcare_day
from services.coverage.simulator.pcare.reading import diagnosis
from services.coverage.simulator.vclaim import peserta
from services.coverage.simulator.vclaim.reading import KINDS, VALID, named, poli
from services.coverage.simulator.vclaim.service import VCLAIM

NONE = Refusal(201, "Rujukan Tidak Ditemukan")
NONE_VALID = Refusal(201, "Peserta Tidak Memiliki Rujukan Yang Berlaku")


@VCLAIM.get("/Rujukan/{number}")
def one(ask: Ask, number: str) -> Any:
    """One referral by its number (the noKunjungan of PCare)."""
    row = referral(ask, number)
    return {"rujukan": shown(ask, row)} if row else NONE


@VCLAIM.get("/Rujukan/Peserta/{card}")
def latest(ask: Ask, card: str) -> Any:
    """A member's last valid referral."""
    found = _valid(ask, card)
    return {"asalFaskes": "1", "rujukan": shown(ask, found[0])} if found else NONE_VALID


@VCLAIM.get("/Rujukan/List/Peserta/{card}")
def several(ask: Ask, card: str) -> Any:
    """All of a member's valid referrals, the last one first."""
    found = _valid(ask, card)
    return {"asalFaskes": "1", "rujukan": [shown(ask, row) for row in found]} if found else NONE_VALID


@VCLAIM.get("/Rujukan/JumlahSEP/{kind}/{number}")
def used(ask: Ask, kind: str, number: str) -> Any:
    """How many SEPs were made on a referral (1: of the first level, 2: of a hospital)."""
    if kind not in ("1", "2"):
        return Refusal(201, "Jenis Rujukan tidak sesuai (1 FKTP, 2 RS)")
    count = ask.store.value("SELECT count(*) FROM sep WHERE referral = ? AND kind_of_referral = ?", number, kind)
    return {"jumlahSEP": str(count)}


def referral(ask: Ask, number: str) -> sqlite3.Row | None:
    """The visit that is this referral."""
    return ask.store.one("SELECT * FROM visit WHERE no = ? AND referred = 1", number)


def first_day(row: sqlite3.Row) -> date:
    """The day a referral is meant for, else the visit's."""
    onward = json.loads(row["body"]).get("rujukLanjut") or {}
    return pcare_day(onward.get("tglEstRujuk")) or date.fromisoformat(row["day"])


def _valid(ask: Ask, card: str) -> list[sqlite3.Row]:
    found = ask.store.all("SELECT * FROM visit WHERE card = ? AND referred = 1 ORDER BY day DESC, at DESC", card)
    return [row for row in found if first_day(row) + VALID >= ask.today]


def shown(ask: Ask, row: sqlite3.Row) -> dict[str, Any]:
    """A visit's referral as VClaim shows it."""
    body = json.loads(row["body"])
    member, first = ask.world.by_card(row["card"]), diagnosis(body["kdDiag1"]) or {}
    day = date.fromisoformat(row["day"])
    return {
        "diagnosa": {"kode": body["kdDiag1"], "nama": first.get("nmDiag")},
        "keluhan": body.get("keluhan") or "",
        "noKunjungan": row["no"],
        "pelayanan": {"kode": "2", "nama": KINDS["2"]},
        "peserta": peserta.shown(member, day, ask.today) if member else None,
        "poliRujukan": target_poli(body["rujukLanjut"]),
        "provPerujuk": named(ask, row["provider"]),
        "tglKunjungan": row["day"],
    }


def target_poli(onward: dict[str, Any]) -> dict[str, str]:
    """The poli a PCare referral leads to."""
    special, ordinary = onward.get("khusus"), onward.get("subSpesialis") or {}
    if special and not special.get("kdSubSpesialis"):
        code = str(special["kdKhusus"])
        return {"kode": code, "nama": str(by_code("khusus")[code]["nmKhusus"]).upper()}
    wanted = special["kdSubSpesialis"] if special else ordinary.get("kdSubSpesialis1")
    row = next((r for r in rows("subspesialis") if r["kdSubSpesialis"] == wanted), None)
    return poli(row["kdPoliRujuk"]) if row else {"kode": "", "nama": ""}
