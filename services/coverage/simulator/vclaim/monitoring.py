"""Monitoring: the SEPs of a day, and what a member was treated for."""

import json
import sqlite3
from typing import Any

from services.coverage.simulator.answers import Refusal
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare.reading import diagnosis
from services.coverage.simulator.vclaim.reading import NO_DATA, day, hospital, inner, member, named, poli
from services.coverage.simulator.vclaim.service import VCLAIM

SHORT = {"1": "R.Inap", "2": "R.Jalan"}


@VCLAIM.get("/Monitoring/Kunjungan/Tanggal/{on}/JnsPelayanan/{kind}")
def visits(ask: Ask, on: str, kind: str) -> Any:
    """The hospital's SEPs of one day."""
    if kind not in SHORT:
        return Refusal(201, "Jenis Pelayanan tidak sesuai (1 Rawat Inap, 2 Rawat Jalan)")
    rows = ask.store.all(
        "SELECT * FROM sep WHERE provider = ? AND day = ? AND kind = ? ORDER BY no",
        hospital(ask), day(on).isoformat(), kind,
    )  # fmt: skip
    return {"sep": [_shown(ask, row) | {"nama": member(ask, row["card"])["nama"]} for row in rows]} if rows else NO_DATA


@VCLAIM.get("/monitoring/HistoriPelayanan/NoKartu/{card}/tglMulai/{first}/tglAkhir/{last}")
def history(ask: Ask, card: str, first: str, last: str) -> Any:
    """A member's SEPs at every hospital."""
    who = member(ask, card)
    rows = ask.store.all(
        "SELECT * FROM sep WHERE card = ? AND day BETWEEN ? AND ? ORDER BY day DESC, no DESC",
        card, day(first).isoformat(), day(last).isoformat(),
    )  # fmt: skip
    told = [
        _shown(ask, row) | {"namaPeserta": who["nama"], "ppkPelayanan": named(ask, row["provider"])["nama"]}
        for row in rows
    ]
    return {"histori": told} if told else NO_DATA


def _shown(ask: Ask, row: sqlite3.Row) -> dict[str, Any]:
    body = json.loads(row["body"])
    first = diagnosis(str(body.get("diagAwal"))) or {}
    goal = inner(body, "poli")
    return {
        "diagnosa": f"{body.get('diagAwal')} - {first.get('nmDiag')}",
        "jnsPelayanan": SHORT[row["kind"]],
        "kelasRawat": member(ask, row["card"])["jnsKelas"]["kode"],
        "noKartu": row["card"],
        "noSep": row["no"],
        "noRujukan": row["referral"],
        "poli": poli(str(goal.get("tujuan") or ""))["nama"],
        "tglPlgSep": row["day"],
        "tglSep": row["day"],
    }
