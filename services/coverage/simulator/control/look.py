"""Control: what the page shows. Numbers of persons are shortened, names are the simulator's own inventions."""

import json
from typing import Any

from fastapi import APIRouter, HTTPException, Query

from services.coverage.simulator.control.desk import shown
from services.coverage.simulator.masking import masked
from services.coverage.simulator.world import Seen, World

REQUESTS, ROWS = 60, 100
COUNTS = {
    "registrations": "SELECT provider, count(*) n FROM registration GROUP BY provider",
    "visits": "SELECT provider, count(*) n FROM visit GROUP BY provider",
    "referrals": "SELECT provider, count(*) n FROM visit WHERE referred = 1 GROUP BY provider",
    "tickets": "SELECT provider, count(*) n FROM ticket GROUP BY provider",
    "hospital": "SELECT provider, count(*) n FROM (SELECT provider FROM sep UNION ALL"
    " SELECT provider FROM hospital_referral UNION ALL SELECT provider FROM prb) GROUP BY provider",
}
LISTS = {
    "registrations": "SELECT day, no_urut AS number, card, poli, visit, at FROM registration"
    " WHERE provider = ? ORDER BY day DESC, seq DESC LIMIT ?",
    "visits": "SELECT day, no AS number, card, poli, referred, body, at, changed FROM visit"
    " WHERE provider = ? ORDER BY day DESC, at DESC LIMIT ?",
    "referrals": "SELECT v.day, v.no AS number, v.card, v.poli, v.body, v.at, s.theirs FROM visit v"
    " LEFT JOIN srbk_referral s ON s.no = v.no WHERE v.provider = ? AND v.referred = 1"
    " ORDER BY v.day DESC, v.at DESC LIMIT ?",
    "tickets": "SELECT day, number, card, poli, state, at, changed FROM ticket"
    " WHERE provider = ? ORDER BY day DESC, id DESC LIMIT ?",
    "hospital": "SELECT day, no AS number, card, 'SEP' AS kind FROM sep WHERE provider = ?1 UNION ALL"
    " SELECT day, no, card, 'Rujukan RS' FROM hospital_referral WHERE provider = ?1 UNION ALL"
    " SELECT day, no, card, 'PRB' FROM prb WHERE provider = ?1 ORDER BY day DESC LIMIT ?2",
}


def router(world: World) -> APIRouter:
    """These addresses, for one simulator."""
    routes = APIRouter(prefix="/look")

    @routes.get("")
    async def overview(provider: str | None = None) -> dict[str, Any]:
        """Keadaan, fasilitas, dan permintaan terakhir (state, facilities, last requests)."""
        counts: dict[str, dict[str, int]] = {}
        for what, sql in COUNTS.items():
            for row in world.store.all(sql):
                counts.setdefault(row["provider"], {})[what] = row["n"]
        calls = [seen for seen in reversed(world.seen) if provider in (None, seen.call.provider)]
        codes = {p.code: p.name for p in world.providers} | {c: world.provider(c).name for c in counts}
        facilities = [{"code": code, "name": name, **counts.get(code, {})} for code, name in codes.items()]
        return {
            "now": world.now(), "today": world.today().isoformat(), "asked": world.asked,
            "playing": [shown(p) for p in world.plays.playing],
            "facilities": sorted(facilities, key=lambda f: (-sum(v for v in f.values() if isinstance(v, int)),
                                                            f["code"])),
            "requests": [_seen(s) for s in calls[:REQUESTS]],
        }  # fmt: skip

    @routes.get("/members")
    async def members(nik: str = Query("", pattern=r"^(\d{16})?$")) -> dict[str, Any]:
        """Peserta yang ditetapkan; atau satu menurut NIK (members that were fixed; or one, by NIK)."""
        numbers = [nik] if nik else list(world.fixed)[:ROWS]
        return {"members": [_member(world, n) for n in numbers], "fixed": len(world.fixed)}

    @routes.get("/{provider}/{what}")
    async def rows(provider: str, what: str) -> dict[str, Any]:
        """Yang tersimpan untuk satu fasilitas (what is kept for one facility)."""
        if what not in LISTS:
            raise HTTPException(404, "no such list")
        found = world.store.all(LISTS[what], provider, ROWS)
        return {"rows": [_row(world, dict(row)) for row in found]}

    return routes


def _seen(seen: Seen) -> dict[str, Any]:
    call = seen.call
    return {
        "at": seen.at, "service": call.service, "method": call.method, "path": masked(call.path),
        "provider": call.provider, "status": seen.status, "faults": seen.faults, "ms": round(seen.ms, 1),
    }  # fmt: skip


def _row(world: World, row: dict[str, Any]) -> dict[str, Any]:
    body = json.loads(row.pop("body", None) or "{}")
    member = world.by_card(row["card"]) if row["card"] else None
    onward = body.get("rujukLanjut") or {}
    told = {"diagnosis": body.get("kdDiag1"), "target": onward.get("kdppk")} if body else {}
    return row | told | {"card": masked(row["card"]), "name": member["nama"] if member else None}


def _member(world: World, nik: str) -> dict[str, Any]:
    """A member by NIK, also one BPJS does not know."""
    fixed, found = nik in world.fixed, world.by_nik(nik)
    if found is None:
        return {"nik": masked(nik), "fixed": fixed, "registered": False}
    return {
        "nik": masked(nik), "card": masked(found["noKartu"]), "name": found["nama"], "active": found["aktif"],
        "status": found["ketAktif"], "provider": found["kdProviderPst"], "payer": found["jnsPeserta"]["nama"],
        "fixed": fixed, "registered": True,
    }  # fmt: skip
