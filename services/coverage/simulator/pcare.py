"""The simulated PCare: `peserta` by card number or NIK, signed questions and sealed answers."""

import asyncio
import re
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from services.coverage.bpjs.crypto import Key
from services.coverage.simulator import gate
from services.coverage.simulator.faults import Fault, Play
from services.coverage.simulator.gate import Refusal
from services.coverage.simulator.world import World

Find = Callable[[], dict[str, Any] | None]

HTML = "<html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>"
RATE_LIMIT = {"fault": {"faultstring": "Rate limit quota violation"}}
EMOJI = "KLINIK SEHAT \N{HOSPITAL}\N{GRINNING FACE}"


def router(world: World) -> APIRouter:
    """The PCare addresses."""
    routes = APIRouter(prefix="/pcare-rest")

    @routes.get("/peserta/nik/{nik}")
    async def by_nik(request: Request, nik: str) -> Response:
        """Peserta menurut NIK."""
        return await _answer(world, request, "nik", nik, lambda: world.by_nik(nik))

    @routes.get("/peserta/noka/{card}")
    async def by_card(request: Request, card: str) -> Response:
        """Peserta menurut nomor kartu."""
        return await _answer(world, request, "noka", card, lambda: world.by_card(card))

    @routes.get("/peserta/{card}")
    async def by_number(request: Request, card: str) -> Response:
        """Peserta menurut nomor kartu (alamat lama)."""
        return await _answer(world, request, "noka", card, lambda: world.by_card(card))

    @routes.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def unknown(request: Request, path: str) -> Response:
        """Alamat yang tidak dikenal."""
        return _envelope(gate.UNKNOWN_PATH, None)

    return routes


async def _answer(world: World, request: Request, kind: str, number: str, find: Find) -> Response:
    play = world.next_fault()
    instead = await _instead(play)
    if instead is not None:
        return instead
    now = world.now()
    if world.plays(play, Fault.SKEWED_CLOCK):
        now += 2 * world.settings.skew
    refusal = _refused(play) or gate.refusal(request.headers, world.settings, now)
    if refusal is not None:
        reply = _envelope(refusal, None, play)
    elif world.plays(play, Fault.RULE_412) or not re.fullmatch(_SHAPES[kind], number):
        wrong = [{"field": kind, "message": "Tidak sesuai dengan referensi sistem."}]
        reply = _envelope(Refusal(412, "PRECONDITION_FAILED"), wrong, play)  # plain even when others are sealed
    else:
        found = None if world.plays(play, Fault.NOT_FOUND) else find()
        reply = _found(world, request, found, play)
    reply.headers["date"] = formatdate(now, usegmt=True)
    return reply


_SHAPES = {"nik": r"\d{16}", "noka": r"\d{13}"}


async def _instead(play: Play | None) -> Response | None:
    """What comes in place of an answer; a `timeout` first keeps silent, then answers as if nothing were."""
    match play.fault if play else None:
        case Fault.HTML_500:
            return Response(HTML, 500, media_type="text/html")
        case Fault.EMPTY_BODY:
            return Response(b"", 200, media_type="application/json")
        case Fault.NO_CONTENT_204:
            return Response(status_code=204)
        case Fault.RATE_LIMIT_429:
            return Response(orjson.dumps(RATE_LIMIT), 429, media_type="application/json")
        case Fault.TIMEOUT:
            await asyncio.sleep(play.seconds if play else 0)
    return None


def _refused(play: Play | None) -> Refusal | None:
    """The refusal a fault plays, whatever the request says."""
    match play.fault if play else None:
        case Fault.WRONG_SECRET:
            return gate.WRONG_SIGNATURE
        case Fault.WRONG_USER_KEY:
            return gate.WRONG_USER_KEY
        case Fault.PASSWORD_401:
            return gate.WRONG_PASSWORD
        case Fault.CONSUMER_EXPIRED:
            return gate.CONSUMER_EXPIRED
        case Fault.UNKNOWN_PATH:
            return gate.UNKNOWN_PATH
        case Fault.BUSINESS_500:
            return Refusal(500, "noKartu Tidak sesuai dengan referensi sistem.")
    return None


def _found(world: World, request: Request, found: dict[str, Any] | None, play: Play | None) -> Response:
    """The member, sealed with the request's own timestamp; PCare's code for "none" is not published, so 404."""
    if found is None:
        return _envelope(Refusal(404, "Peserta tidak ditemukan"), None, play)
    if world.plays(play, Fault.EMOJI):
        found["kdProviderPst"]["nmProvider"] = EMOJI
    if world.plays(play, Fault.UNSEALED):
        return _envelope(Refusal(200, "OK"), found, play)
    timestamp = int(request.headers["x-timestamp"])
    if world.plays(play, Fault.STALE_SEAL):
        timestamp -= 1
    settings = world.settings
    key = Key.of(settings.cons_id, settings.secret.get_secret_value(), str(timestamp))
    return _envelope(Refusal(200, "OK"), key.seal(orjson.dumps(found).decode()), play)


def _envelope(said: Refusal, response: Any, play: Play | None = None) -> Response:
    """An answer in the envelope, in the spelling the fault asks for; the HTTP status follows the code."""
    meta, word, code = "metaData", "code", said.code
    match play.fault if play else None:
        case Fault.LOWER_METADATA:
            meta = "metadata"
        case Fault.CAPITAL_CODE:
            word = "Code"
    shown: int | str = str(code) if play and play.fault is Fault.CODE_AS_TEXT else code
    body = {"response": response, meta: {"message": said.message, word: shown}}
    return Response(orjson.dumps(body), code, media_type="application/json")
