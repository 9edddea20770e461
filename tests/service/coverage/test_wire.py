"""Every trap of BPJS' protocol over real HTTP: a server that answers as BPJS has been seen to, byte for byte."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

import httpx
import orjson
import pytest

from services.coverage.bpjs import answers
from services.coverage.bpjs.antrean import Antrean
from services.coverage.bpjs.crypto import Key
from services.coverage.bpjs.icare import ICare, Link
from services.coverage.bpjs.listing import Listed
from services.coverage.bpjs.login import Login
from services.coverage.bpjs.outcomes import Because, Refused, Said, Unavailable
from services.coverage.bpjs.pcare import PCare
from services.coverage.bpjs.srbk import Srbk
from services.coverage.bpjs.vclaim import VClaim
from services.coverage.bpjs.wire import BpjsService, Patience, Wire

LOGIN = Login("12345", "secret-planted-wire", "key-planted-wire", "user", "password-planted-wire")
CARD, DAY = "0001112223334", date(2026, 11, 21)
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once: each client would read the certificates of the world anew."""
QUICK = Patience(one=0.3, all=0.8, tries=2, pause=0.01, write=0.4)


@dataclass
class Bpjs:
    """A server of one canned answer at a time; `seen` are the requests it got: method and path, headers, body."""

    address: str = ""
    answer: Callable[[dict[str, str]], bytes] = field(default=lambda _: b"")
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    silent: float = 0.0
    drops: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.seen.append((head[0].rsplit(" ", 1)[0], headers, body))
            await asyncio.sleep(self.silent)
            if not self.drops:
                writer.write(self.answer(headers))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def says(
        self, response: Any = None, code: Any = 200, message: str = "OK", *, status: int = 200, meta: str = "metaData",
        word: str = "code", sealed: bool = True, late: int = 0,
    ) -> None:  # fmt: skip
        """An envelope, sealed with the request's own timestamp (`late` seconds after it)."""

        def answer(headers: dict[str, str]) -> bytes:
            inside = response
            if sealed and response is not None:
                stamp = str(int(headers["x-timestamp"]) + late)
                inside = Key.of(LOGIN.cons_id, LOGIN.secret, stamp).seal(orjson.dumps(response).decode())
            return raw(orjson.dumps({"response": inside, meta: {word: code, "message": message}}), status)

        self.answer = answer

    def sends(self, body: bytes, status: int = 200, *more: str) -> None:
        """These bytes."""
        self.answer = lambda _: raw(body, status, *more)


def raw(body: bytes, status: int, *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", "connection: close", *more]
    if status != 204:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
async def bpjs() -> AsyncIterator[Bpjs]:
    found = Bpjs()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield found


@asynccontextmanager
async def wired(bpjs: Bpjs, service: BpjsService = BpjsService.PCARE, **kw: Any) -> AsyncIterator[Wire]:
    async with httpx.AsyncClient(trust_env=False, verify=TLS) as http:
        yield Wire(http, f"{bpjs.address}/rest/", QUICK, service=service, **kw)


async def get(bpjs: Bpjs, service: BpjsService = BpjsService.PCARE) -> Any:
    async with wired(bpjs, service) as wire:
        return await wire.call(LOGIN, "GET", "/x")


async def post(bpjs: Bpjs, service: BpjsService = BpjsService.PCARE, body: Any = None) -> Any:
    async with wired(bpjs, service) as wire:
        return await wire.call(LOGIN, "POST", "/x", body or {"a": 1})


async def test_any_spelling_of_the_envelope(bpjs: Bpjs) -> None:
    for meta, word, code in product(("metaData", "metadata", "MetaData"), ("code", "Code"), (200, "200")):
        bpjs.says({"a": "\N{GRINNING FACE}"}, code, meta=meta, word=word)
        assert await get(bpjs) == Said(200, {"a": "\N{GRINNING FACE}"}, "OK"), (meta, word, code)


async def test_what_is_not_sealed_is_taken_as_it_is(bpjs: Bpjs) -> None:
    for plain in (None, {"a": 1}, [{"a": 1}], "0301R0011117V000007", ""):
        bpjs.says(plain, sealed=False)
        assert await get(bpjs) == Said(200, plain, "OK")
    bpjs.says('[{"field":"noUrut","message":"A1"}]', sealed=False)  # JSON written as text
    assert answers.number(await post(bpjs), "noUrut") == "A1"


async def test_what_is_sealed_for_another_moment_states_nothing(bpjs: Bpjs) -> None:
    bpjs.says({"a": 1}, late=-1)
    assert await get(bpjs) == Unavailable(Because.UNREADABLE, code=200)
    assert len(bpjs.seen) == 2  # a GET is asked again
    bpjs.seen.clear()
    assert await post(bpjs) == Unavailable(Because.UNREADABLE, code=200, reached=True)
    assert len(bpjs.seen) == 1


async def test_each_try_keeps_the_timestamp_it_was_signed_with(bpjs: Bpjs) -> None:
    clock = iter([1_800_000_000.9, 1_800_000_001.1, 1_800_000_002.0, *[1_800_000_009.0] * 9])
    async with wired(bpjs, now=lambda: next(clock)) as wire:
        bpjs.sends(b"")
        await wire.call(LOGIN, "GET", "/x")
        bpjs.says({"a": 1})
        assert await wire.call(LOGIN, "GET", "/x") == Said(200, {"a": 1}, "OK")
    stamps = [h["x-timestamp"] for _, h, _ in bpjs.seen]
    assert stamps == ["1800000000", "1800000001", "1800000002"]
    assert len({h["x-signature"] for _, h, _ in bpjs.seen}) == 3


NO_ANSWER = [
    (b"<html>Internal Server Error</html>", 500, Because.NOT_JSON), (b"<html>", 200, Because.NOT_JSON),
    (b"<html>not found</html>", 404, Because.NOT_JSON), (b"", 200, Because.EMPTY), (b" \n", 200, Because.EMPTY),
    (b"", 204, Because.EMPTY), (b"", 408, Because.TIMEOUT), (b"<html>", 504, Because.TIMEOUT),
    (b"", 503, Because.EMPTY), (b"{}", 200, Because.NOT_JSON), (b"<html>moved</html>", 302, Because.NOT_JSON),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "because"), NO_ANSWER)
async def test_no_answer_is_no_statement_and_only_a_get_is_tried_again(
    bpjs: Bpjs, body: bytes, status: int, because: Because
) -> None:
    bpjs.sends(body, status)
    assert await get(bpjs) == Unavailable(because, code=status)
    assert len(bpjs.seen) == 2
    for method in ("POST", "PUT", "DELETE"):
        bpjs.seen.clear()
        async with wired(bpjs) as wire:
            assert await wire.call(LOGIN, method, "/x", {"a": 1}) == Unavailable(because, code=status, reached=True)
        assert len(bpjs.seen) == 1


async def test_a_full_quota_is_not_asked_again_and_says_how_long(bpjs: Bpjs) -> None:
    bpjs.sends(b'{"fault":{"faultstring":"Rate limit quota violation"}}', 429, "retry-after: 17")
    reply = await get(bpjs)
    assert (reply, reply.wait, len(bpjs.seen)) == (Unavailable(Because.RATE_LIMIT, again=False, code=429), 17.0, 1)
    bpjs.says(None, 429, "Rate limit quota violation")
    assert (await get(bpjs)).because is Because.RATE_LIMIT


async def test_a_silent_server_and_a_dropped_connection_leave_the_outcome_open(bpjs: Bpjs) -> None:
    bpjs.drops = True
    assert await post(bpjs) == Unavailable(Because.CONNECTION, reached=True)
    bpjs.silent = 0.6
    assert await post(bpjs) == Unavailable(Because.TIMEOUT, reached=True)
    assert len(bpjs.seen) == 2


async def test_without_a_connection_nothing_was_done(bpjs: Bpjs) -> None:
    bpjs.address = "http://127.0.0.1:9"
    assert await post(bpjs) == Unavailable(Because.CONNECTION, reached=False)

    def outside_the_whitelist(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("", request=request)

    async with httpx.AsyncClient(verify=TLS, transport=httpx.MockTransport(outside_the_whitelist)) as http:
        reply = await Wire(http, "https://bpjs", QUICK).call(LOGIN, "POST", "/x", {})
    assert reply == Unavailable(Because.TIMEOUT, reached=False)


@pytest.mark.parametrize(
    ("code", "status", "message", "because"),
    [
        (404, 404, "Unauthorized! You are not registered for this service!", Because.ENTITLEMENT),
        (404, 200, "Unauthorized! You are not registered for this service!", Because.ENTITLEMENT),
        (201, 200, "Unauthorized! Consumer ID is expired!", Because.CONSUMER_EXPIRED),
        (401, 401, "Username atau password salah", Because.CREDENTIALS),
        ("401", 200, "Unauthorized! User key tidak sesuai", Because.CREDENTIALS),
        (201, 200, "Signature Service Tidak Sesuai", Because.SIGNATURE),
        (400, 400, "StartIndex cannot be less than zero", Because.RULE),
        (500, 500, "kdPoli Tidak sesuai dengan referensi sistem.", Because.RULE),
        (500, 500, "Belum melakukan pendaftaran pada poli tersebut.", Because.RULE),
    ],
)
async def test_a_refusal_is_told_by_its_words_and_not_tried_again(
    bpjs: Bpjs, code: Any, status: int, message: str, because: Because
) -> None:
    bpjs.says(None, code, message, status=status)
    reply = await get(bpjs)
    assert isinstance(reply, Refused)
    assert (reply.because, reply.message, reply.code, len(bpjs.seen)) == (because, message, int(code), 1)


async def test_a_wrong_clock_is_told_by_their_date(bpjs: Bpjs) -> None:
    said = b'{"metaData":{"code":201,"message":"Signature Service Tidak Sesuai"}}'
    bpjs.sends(said, 200, "date: Sun, 22 Nov 2026 00:00:00 GMT")
    async with wired(bpjs, now=lambda: 1_795_305_600.0 - 600) as wire:
        assert (await wire.call(LOGIN, "GET", "/x")).because is Because.CLOCK  # type: ignore[union-attr]


WRONG = [{"field": "kdPoli", "message": "Tidak sesuai dengan referensi sistem."}]


async def test_412_lists_plain_sealed_and_bare(bpjs: Bpjs) -> None:
    for sealed in (False, True):
        bpjs.says(WRONG, 412, "PRECONDITION_FAILED", status=412, sealed=sealed)
        reply = await post(bpjs)
        assert isinstance(reply, Refused)
        assert (reply.because, reply.fields) == (Because.RULE, (("kdPoli", WRONG[0]["message"]),))
    bpjs.sends(orjson.dumps(WRONG), 412)
    reply = await post(bpjs)
    assert isinstance(reply, Refused) and reply.names == ("kdPoli",)
    assert WRONG[0]["message"] not in repr(reply)


async def test_201_is_created_in_pcare_and_nothing_elsewhere(bpjs: Bpjs) -> None:
    for made in ({"field": "noUrut", "message": "A1"}, [{"field": "noUrut", "message": "A1"}]):
        bpjs.says(made, 201, "CREATED", status=201)
        assert answers.number(await post(bpjs), "noUrut") == "A1"
    bpjs.says(None, "201", "Data tidak ditemukan")
    async with wired(bpjs, BpjsService.VCLAIM) as wire:
        asked = await VClaim(wire, LOGIN).referral("0101U0011126Y000001")
        written = await VClaim(wire, LOGIN).remove_referral("0101U0011126Y000001", "u")
    assert isinstance(asked, Refused) and asked.because is Because.NO_DATA
    assert isinstance(written, Refused) and written.because is Because.RULE


async def test_a_list_is_empty_only_when_bpjs_says_so(bpjs: Bpjs) -> None:
    async with wired(bpjs) as wire:
        pcare = PCare(wire, LOGIN)
        for said in (None, {"count": 0, "list": []}, {"count": 0, "list": None}, []):
            bpjs.says(said)
            assert await pcare.history(CARD) == Listed([], 0)
        bpjs.says({"count": 7, "list": [{"noKunjungan": "1"}]})
        assert await pcare.history(CARD) == Listed([{"noKunjungan": "1"}], 7)
        bpjs.says(None, 404, "Data tidak ditemukan", status=404)
        assert await pcare.history(CARD) == Listed([], 0)
        bpjs.sends(b"", 204)
        assert await pcare.history(CARD) == Unavailable(Because.EMPTY, code=204)
        for odd in ({"a": 1}, "text", 7, ["x"]):
            bpjs.says(odd)
            assert await pcare.history(CARD) == Unavailable(Because.UNREADABLE, code=200)


async def test_who_is_asked_about_is_who_is_answered_about(bpjs: Bpjs) -> None:
    async with wired(bpjs) as wire:
        pcare = PCare(wire, LOGIN)
        newborn = {"noKartu": CARD, "noKTP": "0" * 16, "aktif": True, "nama": "BAYI BR LAHIR"}
        bpjs.says(newborn)
        asked = "1410014107900001"
        assert await pcare.member_by_nik(asked) == Unavailable(Because.MISMATCH, again=False)
        found = await pcare.member_by_card(CARD)
        assert getattr(found, "nik", "x") is None
        bpjs.says(newborn | {"noKTP": "1410014107900002"})
        assert await pcare.member_by_nik(asked) == Unavailable(Because.MISMATCH, again=False)


CONTENT = {
    BpjsService.PCARE: "text/plain", BpjsService.VCLAIM: "Application/x-www-form-urlencoded",
    BpjsService.ICARE: "application/json", BpjsService.ANTREAN: "application/json", BpjsService.SRBK: None,
}  # fmt: skip


@pytest.mark.parametrize("service", BpjsService)
async def test_each_service_is_told_its_own_content_type_and_json(bpjs: Bpjs, service: BpjsService) -> None:
    bpjs.says({"a": 1})
    await post(bpjs, service, {"nama": "é"})
    await get(bpjs, service)
    (_, sent, body), (_, asked, _) = bpjs.seen
    assert (sent.get("content-type"), orjson.loads(body)) == (CONTENT[service], {"nama": "é"})
    assert "content-type" not in asked
    async with wired(bpjs, service, content_type="application/hal+json") as wire:
        await wire.call(LOGIN, "PUT", "/x", {})
    assert bpjs.seen[-1][1]["content-type"] == "application/hal+json"


async def test_only_who_has_an_account_sends_one(bpjs: Bpjs) -> None:
    bpjs.says(None)
    async with wired(bpjs, BpjsService.VCLAIM) as wire:
        await wire.call(Login("1", "2", "3"), "GET", "/x")
        await wire.call(LOGIN, "GET", "/x")
    assert "x-authorization" not in bpjs.seen[0][1]
    assert bpjs.seen[1][1]["x-authorization"].startswith("Basic ") and bpjs.seen[1][1]["user_key"] == LOGIN.user_key


async def test_icare_gives_a_link_and_nothing_else(bpjs: Bpjs) -> None:
    async with wired(bpjs, BpjsService.ICARE) as wire:
        bpjs.says({"url": "https://x.id/?token=abc"})
        found = await ICare(wire, LOGIN).link(CARD)
        assert found == Link("https://x.id/?token=abc") and "abc" not in repr(found)
        assert bpjs.seen[0][0] == "POST /rest/api/pcare/validate"
        assert orjson.loads(bpjs.seen[0][2]) == {"param": CARD}
        for odd in ({}, {"url": "javascript:x"}, {"url": None}, "x"):
            bpjs.says(odd)
            assert await ICare(wire, LOGIN).link(CARD) == Unavailable(Because.UNREADABLE, code=200)


@pytest.mark.parametrize(("code", "status"), [(200, 200), (412, 412), (500, 500)])
async def test_a_referral_whose_number_did_not_come_is_not_sent_again(bpjs: Bpjs, code: int, status: int) -> None:
    bpjs.says(None, code, "Gagal mendapatkan nomor Rujukan Satu Sehat", status=status)
    async with wired(bpjs, BpjsService.SRBK) as wire:
        reply = await Srbk(wire, LOGIN).add_visit({})
    assert reply == Unavailable(Because.REFERRAL_NUMBER, again=False, reached=True, code=code)


async def test_dates_and_paths_of_each_service(bpjs: Bpjs) -> None:
    bpjs.says([])
    async with wired(bpjs) as wire:
        pcare = PCare(wire, LOGIN)
        await pcare.registrations(DAY, 0, 10)
        await pcare.unregister(CARD, DAY, "A1", "001")
        await pcare.special_targets("THA", CARD, DAY, "3")
        await pcare.special_targets("IGD", CARD, DAY)
        await pcare.diagnoses("a/b c", 0, 1)
        await Antrean(wire, LOGIN).doctors("001", DAY)
        await VClaim(wire, LOGIN).last_referral(CARD, "2")
    assert [request for request, _, _ in bpjs.seen] == [
        "GET /rest/pendaftaran/tglDaftar/21-11-2026/0/10",
        f"DELETE /rest/pendaftaran/peserta/{CARD}/tglDaftar/21-11-2026/noUrut/A1/kdPoli/001",
        f"GET /rest/spesialis/rujuk/khusus/THA/subspesialis/3/noKartu/{CARD}/tglEstRujuk/21-11-2026",
        f"GET /rest/spesialis/rujuk/khusus/IGD/noKartu/{CARD}/tglEstRujuk/21-11-2026",
        "GET /rest/diagnosa/a%2Fb%20c/0/1",
        "GET /rest/ref/dokter/kodepoli/001/tanggal/2026-11-21",
        f"GET /rest/Rujukan/RS/Peserta/{CARD}",
    ]


async def test_a_large_list_does_not_hold_up_the_loop(bpjs: Bpjs) -> None:
    rows = [{"kdDiag": f"A{n:03d}", "nmDiag": f"Penyakit {n * 7919 % 1000} \N{GRINNING FACE}"} for n in range(500)]
    bpjs.says({"count": 500, "list": rows})
    sealed = bpjs.answer({"x-timestamp": "1700000000"})
    bpjs.answer = lambda _: sealed
    async with wired(bpjs, now=lambda: 1_700_000_000.0) as wire:
        found = await PCare(wire, LOGIN).diagnoses("A")
    assert isinstance(found, Listed) and found.rows == rows
