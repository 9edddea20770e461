"""SEP: a hospital takes a patient in. Only as much of it as referrals, PRB and monitoring stand on."""

import json
from datetime import date
from typing import Any

from services.coverage.simulator.answers import Refusal, Said
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare.reading import diagnosis
from services.coverage.simulator.vclaim import rujukan
from services.coverage.simulator.vclaim.reading import (
    KINDS,
    VALID,
    day,
    hospital,
    inner,
    iso,
    listed,
    member,
    part,
    poli,
    refuse,
    text,
)  # fmt: skip
from services.coverage.simulator.vclaim.service import VCLAIM

NONE = Refusal(201, "SEP Tidak Ditemukan")
USED = "Rujukan Sudah Digunakan, kunjungan berikutnya memakai surat kontrol"


@VCLAIM.post("/SEP/2.0/insert")
def insert(ask: Ask) -> Any:
    """Make a SEP; a referral is used once, later visits come by a control letter (`skdp.noSurat`)."""
    body = part(ask, "t_sep")
    who = member(ask, text(body, "noKartu"))
    if not who["aktif"]:
        raise refuse(f"Peserta tidak aktif: {who['ketAktif']}")
    on, kind = day(body.get("tglSep"), "tglSep"), listed(body, "jnsPelayanan", set(KINDS))
    if on > ask.today:
        raise refuse("tglSep tidak boleh melebihi tanggal hari ini")
    if diagnosis(text(body, "diagAwal")) is None:
        raise refuse("diagAwal tidak sesuai")
    number_of, origin = _referral(ask, body, who["noKartu"], on)
    stem = f"{hospital(ask)}{on:%m%y}V"
    number = f"{stem}{ask.store.next(stem):06d}"
    ask.store.run(
        "INSERT INTO sep (no, provider, card, day, kind, referral, kind_of_referral, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        number, hospital(ask), who["noKartu"], on.isoformat(), kind, number_of, origin, json.dumps(body),
    )  # fmt: skip
    return {"sep": shown(ask, number)}


def _referral(ask: Ask, body: dict[str, Any], card: str, on: date) -> tuple[str | None, str | None]:
    """The referral a SEP stands on, checked, and whose it is (1, 2). Raises Stop."""
    named = inner(body, "rujukan")
    number, origin = str(named.get("noRujukan") or ""), str(named.get("asalRujukan") or "1")
    if not number:
        return None, None
    if origin == "2":
        row = ask.store.one("SELECT * FROM hospital_referral WHERE no = ? AND card = ?", number, card)
        first = date.fromisoformat(row["planned"]) if row else on
    else:
        row = rujukan.referral(ask, number)
        row = row if row and row["card"] == card else None
        first = rujukan.first_day(row) if row else on
    if row is None:
        raise refuse("Rujukan Tidak Ditemukan")
    if on > first + VALID:
        raise refuse("Masa Berlaku Rujukan Habis")
    letter = inner(body, "skdp").get("noSurat")
    if ask.store.value("SELECT count(*) FROM sep WHERE referral = ?", number) and not letter:
        raise refuse(USED)
    return number, origin


@VCLAIM.get("/SEP/{number}")
def one(ask: Ask, number: str) -> Any:
    """One SEP."""
    return shown(ask, number) or NONE


@VCLAIM.put("/SEP/2.0/update")
def update(ask: Ask) -> Any:
    """Change a SEP; the answer is its number, in the open."""
    body = part(ask, "t_sep")
    row = _mine(ask, text(body, "noSep"))
    ask.store.run("UPDATE sep SET body = ? WHERE no = ?", json.dumps(json.loads(row["body"]) | body), row["no"])
    return Said(row["no"], sealed=False)


@VCLAIM.delete("/SEP/2.0/delete")
def delete(ask: Ask) -> Any:
    """Delete a SEP; the answer is its number, in the open."""
    body = part(ask, "t_sep")
    row = _mine(ask, text(body, "noSep"))
    text(body, "user")
    ask.store.run("DELETE FROM sep WHERE no = ?", row["no"])
    return Said(row["no"], sealed=False)


def _mine(ask: Ask, number: str) -> Any:
    row = ask.store.one("SELECT * FROM sep WHERE no = ? AND provider = ?", number, hospital(ask))
    if row is None:
        raise refuse("SEP Tidak Ditemukan")
    return row


def shown(ask: Ask, number: str) -> dict[str, Any] | None:
    """A SEP as VClaim shows it, or None."""
    row = ask.store.one("SELECT * FROM sep WHERE no = ?", number)
    if row is None:
        return None
    body, who = json.loads(row["body"]), ask.world.by_card(row["card"]) or {}
    first = diagnosis(str(body.get("diagAwal"))) or {}
    goal = inner(body, "poli")
    return {
        "catatan": body.get("catatan") or "",
        "diagnosa": first.get("nmDiag"),
        "jnsPelayanan": KINDS[row["kind"]],
        "kelasRawat": who.get("jnsKelas", {}).get("kode"),
        "noRujukan": row["referral"],
        "noSep": row["no"],
        "penjamin": "-",
        "peserta": {
            "asuransi": "-", "hakKelas": who.get("jnsKelas", {}).get("nama"),
            "jnsPeserta": who.get("jnsPeserta", {}).get("nama"), "kelamin": who.get("sex"), "nama": who.get("nama"),
            "noKartu": row["card"], "noMr": body.get("noMR") or "", "tglLahir": iso(who.get("tglLahir")),
        },
        "poli": poli(str(goal.get("tujuan") or ""))["nama"],
        "poliEksekutif": str(goal.get("eksekutif") or "0"),
        "tglSep": row["day"],
    }  # fmt: skip
