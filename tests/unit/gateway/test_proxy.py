"""The hop to a service in another process, against real HTTP servers on loopback."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import orjson
import pytest
import pytest_asyncio

from tests.unit.gateway.loopback import MIB, Upstream, door, head, serving, speaking, spoken, through


@pytest.fixture
async def upstream() -> Upstream:
    return Upstream()


@pytest_asyncio.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with serving(Upstream()) as base, through(base) as client:
        yield client


async def chunks(count: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"a" * size


@pytest.mark.parametrize("size", [0, 1, 60_000, 200_000, 15 * MIB])
async def test_bodies_arrive_whole(client: httpx.AsyncClient, size: int) -> None:
    body = (bytes(range(256)) * (size // 256 + 1))[:size]
    said = (await client.post("/t/echo", content=body)).json()
    assert (said["size"], said["sha"]) == (size, hashlib.sha256(body).hexdigest())
    assert ["content-length", str(size)] in said["headers"]


async def test_a_chunked_upload_stays_chunked(client: httpx.AsyncClient) -> None:
    said = (await client.post("/t/echo", content=chunks(40, 50_000))).json()
    assert said["size"] == 2_000_000
    assert ["transfer-encoding", "chunked"] in said["headers"]


async def test_an_unlimited_route_takes_thirty_megabytes(client: httpx.AsyncClient) -> None:
    assert (await client.post("/t/bulk", content=chunks(30, MIB))).json()["size"] == 30 * MIB


async def test_thirty_megabytes_come_back_as_a_stream(client: httpx.AsyncClient) -> None:
    digest, size = hashlib.sha256(), 0
    async with client.stream("GET", "/t/big") as answer:
        async for part in answer.aiter_raw():
            digest.update(part)
            size += len(part)
    assert size == 30 * MIB
    assert digest.hexdigest() == hashlib.sha256(b"".join(bytes([i]) * MIB for i in range(30))).hexdigest()


@pytest.mark.parametrize("code", [200, 201, 204, 304, 404, 500])
async def test_statuses_and_heads(client: httpx.AsyncClient, code: int) -> None:
    answer = await client.get(f"/t/status/{code}")
    assert (answer.status_code, answer.headers["etag"]) == (code, '"7"')
    assert answer.content == (b"" if code in (204, 304) else b"xxxxx")
    bare = await client.head(f"/t/status/{code}")
    assert (bare.status_code, bare.content) == (code, b"")
    if code not in (204, 304):
        assert bare.headers["content-length"] == "5"


async def test_addresses_pass_as_they_came(upstream: Upstream) -> None:
    raw = b"/t/echo/../a%2Fb/%24everything?identifier=https://x.id/nik|123&name=a%20b&x=[1]"
    async with serving(upstream) as base, door(base) as url:
        answer = await spoken(url, b"GET %s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" % raw)
    said = orjson.loads(answer.partition(b"\r\n\r\n")[2])
    assert (said["raw"] + "?" + said["query"]).encode() == raw


async def test_headers_of_the_hop_end_at_the_door(client: httpx.AsyncClient) -> None:
    sent = {
        "connection": "keep-alive, x-mine", "x-mine": "1", "te": "trailers", "x-peer-key": "stolen", "x-other": "ü",
        "proxy-authorization": "Basic x", "x-forwarded-host": "evil", "forwarded": "for=1.2.3.4", "authorization": "B",
    }  # fmt: skip
    answer = await client.get("/t/echo", headers={k: v.encode() for k, v in sent.items()})
    names = [n for n, _ in answer.json()["headers"]]
    for gone in ("x-mine", "te", "x-peer-key", "proxy-authorization", "x-forwarded-host", "forwarded"):
        assert gone not in names
    seen = dict(answer.json()["headers"])
    assert seen["authorization"] == "B"
    assert seen["x-other"].encode("latin-1").decode() == "ü"
    assert len(names) == len(set(names))
    assert "keep-alive" not in answer.headers
    assert answer.headers.get_list("date") and len(answer.headers.get_list("date")) == 1


async def test_one_request_id_all_the_way(client: httpx.AsyncClient) -> None:
    answer = await client.get("/t/echo")
    given = answer.headers.get_list("x-request-id")
    assert given == [dict(answer.json()["headers"])["x-request-id"]]
    mine = await client.get("/t/echo", headers={"x-request-id": "mine-1"})
    assert mine.headers["x-request-id"] == dict(mine.json()["headers"])["x-request-id"] == "mine-1"


async def test_the_clients_address_and_scheme_pass_on(client: httpx.AsyncClient) -> None:
    seen = dict((await client.get("/t/echo")).json()["headers"])
    assert (seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("127.0.0.1", "http")
    sent = {"x-forwarded-for": "6.6.6.6, 203.0.113.9, 127.0.0.5", "x-forwarded-proto": "https"}
    seen = dict((await client.get("/t/echo", headers=sent)).json()["headers"])
    assert (seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("203.0.113.9", "https")


async def test_a_service_that_is_away() -> None:
    async with through("http://127.0.0.1:9", upstream_connect=1) as client:
        plain = await client.get("/t/echo")
        fhir = await client.post("/fhir-r4/v1/Thing", content=b"{}")
    assert (plain.status_code, plain.headers["content-type"]) == (503, "application/problem+json")
    assert plain.headers["retry-after"] == "1"
    assert (fhir.status_code, fhir.headers["content-type"]) == (503, "application/fhir+json")
    assert fhir.json()["issue"][0]["code"] == "transient"


async def test_a_silent_service_is_given_up() -> None:
    upstream = Upstream()
    async with serving(upstream) as base, through(base, upstream_silence=0.3) as client:
        assert (await client.get("/t/slow")).status_code == 503


async def test_a_full_pool_is_a_clear_answer() -> None:
    upstream = Upstream()
    async with serving(upstream) as base, through(base, upstream_connections=1, upstream_connect=0.2) as client:
        first = asyncio.create_task(client.get("/t/slow"))
        await upstream.entered.wait()
        assert (await client.get("/t/echo")).status_code == 503
        assert (await first).text == "late"


async def test_answers_that_stay_open_leave_room_for_the_others(upstream: Upstream) -> None:
    room = {"upstream_connections": 1, "upstream_streams": 2, "upstream_connect": 1.0}
    async with serving(upstream) as base, through(base, **room) as client:
        async with client.stream("GET", "/t/held") as first, client.stream("GET", "/t/held/too"):
            chunks = first.aiter_raw()
            assert await anext(chunks) == b"begun"  # passed on at once, while more is to come
            assert (await client.get("/t/held")).status_code == 503
            assert (await client.get("/t/echo")).status_code == 200
        await asyncio.wait_for(upstream.left.wait(), 1)


async def test_an_answer_of_the_same_process_is_passed_on_while_it_goes_on(upstream: Upstream) -> None:
    async with through(upstream) as client, client.stream("GET", "/t/held") as answer:
        chunks = answer.aiter_raw()
        assert await anext(chunks) == b"begun"
    await asyncio.wait_for(upstream.left.wait(), 1)


async def test_a_client_that_leaves_takes_its_request_along(upstream: Upstream) -> None:
    async with serving(upstream) as base, through(base) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/t/slow", timeout=0.4)
        await asyncio.wait_for(upstream.left.wait(), 1)


async def test_dying_in_the_middle_of_an_answer() -> None:
    async def dies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await head(reader)
        size = 500 if b"/short" in asked else 500_000
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * 100)
        await writer.drain()
        writer.close()

    async with speaking(dies) as base, through(base) as client:
        assert (await client.get("/t/short")).status_code == 503  # read whole first: still a clear answer
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/t/long")
        assert (await client.get("/t/short")).status_code == 503


@pytest.mark.parametrize(("method", "attempts"), [("GET", 2), ("HEAD", 2), ("POST", 1), ("PUT", 1), ("DELETE", 1)])
async def test_only_reading_is_tried_again_on_a_stale_connection(method: str, attempts: int) -> None:
    asked: list[bytes] = []

    async def drops_the_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await head(reader):
            asked.append(request)
            if len(asked) == 2:
                break  # the kept-alive connection turns out dead
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            await writer.drain()
        writer.close()

    async with speaking(drops_the_second) as base, through(base) as client:
        assert (await client.get("/t/warm")).text == "ok"
        answer = await client.request(method, "/t/it")
        assert answer.status_code == (200 if attempts == 2 else 503)
    assert len(asked) == 1 + attempts


async def test_an_early_refusal_of_a_long_upload_is_heard(upstream: Upstream) -> None:
    async with serving(upstream) as base, through(base) as client:
        answer = await client.post("/t/early", content=chunks(10, MIB))
        assert (answer.status_code, answer.text) == (401, "no")
        assert (await client.get("/t/status/200")).status_code == 200


async def test_a_client_that_leaves_while_sending(upstream: Upstream) -> None:
    async def stops() -> AsyncIterator[bytes]:
        yield b"a" * 100_000
        raise RuntimeError("the phone lost its network")

    async with serving(upstream) as base, through(base) as client:
        with suppress(RuntimeError):
            await client.post("/t/echo", content=stops())
        assert (await client.get("/t/status/200")).status_code == 200


async def test_many_at_once(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/t/echo", content=b"x" * n) for n in range(200)))
    assert [a.json()["size"] for a in answers] == list(range(200))
