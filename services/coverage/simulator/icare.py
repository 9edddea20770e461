"""The simulated iCare: a link to a page about a member's history, and the page, which shows no data."""

import re
import secrets
from typing import Any

from fastapi import APIRouter, Response

from services.coverage.simulator.answers import Refusal
from services.coverage.simulator.door import Ask, Service
from services.coverage.simulator.world import World

ICARE = Service("icare", ("wsihs", "ihs_dev"))
LASTS = 15 * 60
"""Seconds a link opens its page."""
PAGE = """<!doctype html><html lang="id"><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width"><title>i-Care JKN (simulator)</title>
<style>body{{font:16px/1.6 system-ui,sans-serif;max-width:36rem;margin:12vh auto;padding:0 1.5rem;color:#1d2b2a;
background:#f6f8f7}}h1{{font-size:1.4rem}}p{{color:#4a5a58}}</style>
<h1>{title}</h1><p>{text}</p></html>"""
HERE = PAGE.format(
    title="i-Care JKN (simulator)",
    text="Di BPJS, halaman ini menampilkan riwayat pelayanan peserta. Simulator tidak menampilkan data siapa pun."
    " <i>At BPJS this page shows a member's history; the simulator shows nobody's data.</i>",
)  # fmt: skip
GONE = PAGE.format(
    title="Tautan tidak berlaku",
    text="Tautan i-Care hanya berlaku sebentar. Minta yang baru. <i>The link has expired; ask for a new one.</i>",
)


@ICARE.post("/api/pcare/validate", "/api/rs/validate")
def validate(ask: Ask) -> Any:
    """A link for one member, for some minutes."""
    card = ask.body.get("param") if isinstance(ask.body, dict) else None
    if not isinstance(card, str) or not re.fullmatch(r"\d{13}|\d{16}", card):
        return Refusal(201, "Nomor Kartu tidak sesuai")
    found = ask.world.by_card(card) if len(card) == 13 else ask.world.by_nik(card)
    if found is None:
        return Refusal(201, "Peserta tidak ditemukan")
    token = secrets.token_urlsafe(24)
    ask.store.run("INSERT INTO icare_link VALUES (?, ?, ?)", token, ask.provider or "", ask.world.now() + LASTS)
    address = ask.world.settings.address or f"http://{ask.headers.get('host', 'localhost')}"
    return {"url": f"{address.rstrip('/')}/icare/riwayat?token={token}"}


def router(world: World) -> APIRouter:
    """The page behind the links of one world."""
    routes = APIRouter()

    @routes.get("/icare/riwayat")
    async def page(token: str = "") -> Response:
        """Halaman di balik tautan (the page behind the link)."""
        until = world.store.value("SELECT until FROM icare_link WHERE token = ?", token)
        here = until is not None and until >= world.now()
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        }
        return Response(HERE if here else GONE, 200 if here else 404, headers, "text/html; charset=utf-8")

    return routes
