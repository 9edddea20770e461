"""What the door lets in, whom it sends it to, and what it answers itself. The upstream is called in process."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest
from starlette.types import Receive, Scope, Send

from gateway.app import Gateway, Route, Settings, build
from gateway.limits import Rate
from gateway.routing import Table
from tests.unit.gateway.loopback import MIB, ROUTES, Upstream, door, serving, spoken


def gateway(upstream: Any, http: httpx.AsyncClient | None = None, **settings: Any) -> Gateway:
    chosen = Settings(**{"rate_limit": 0, "peer_key": "the-key", **settings})
    return build(chosen, ROUTES, http or httpx.AsyncClient(), {"t": upstream})


def client_of(app: Any, address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://door")


def a_scope(**differing: Any) -> Scope:
    return {
        "type": "http", "method": "GET", "path": "/t/x", "raw_path": b"/t/x", "query_string": b"", "scheme": "http",
        "headers": [], "client": ("10.0.0.1", 1), **differing,
    }  # fmt: skip


@pytest.fixture
async def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def client(upstream: Upstream) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(gateway(upstream)) as client:
        yield client


def test_the_longest_prefix_by_whole_segments() -> None:
    table = Table([Route("/v1", "a"), Route("/v1/b", "b"), Route("/v1/b/c/d", "d"), Route("/x/y", "x")])
    expected = {
        "/v1": "a", "/v1/": "a", "/v1/bb": "a", "/v1/b": "b", "/v1/b/": "b", "/v1/b/c": "b", "/v1/b/c/d/e/f": "d",
        "/x": None, "/x/y/z": "x", "/": None, "": None, "v1": None, "/v2": None, "/V1": None, "//v1": None,
    }  # fmt: skip
    assert {p: (r.upstream if (r := table.find(p)) else None) for p in expected} == expected
    assert Table([Route("/", "all")]).find("/any/where") == Route("/", "all")
    assert Table([]).find("/a") is None


def test_a_plan_that_cannot_work_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Table([Route("/a", "x"), Route("/a/", "y")])
    with pytest.raises(ValueError, match="unknown upstreams"):
        build(Settings(), [Route("/a", "nobody")], httpx.AsyncClient(), {})


async def test_a_guest_is_led_to_but_not_asked_for_health_and_its_near_part_is_for_this_machine(
    upstream: Upstream,
) -> None:
    routes = [Route("/t", "t", guest=True), Route("/t/echo/near", "t", guest=True, near=True)]
    door = build(Settings(rate_limit=0), routes, httpx.AsyncClient(), {"t": upstream})
    async with client_of(door) as here, client_of(door, "203.0.113.9") as there:
        assert [(await c.get("/t/echo")).status_code for c in (here, there)] == [200, 200]
        assert [(await c.get("/t/echo/near/x")).status_code for c in (here, there)] == [200, 404]
        assert (await here.get("/t/echo/near", headers={"X-Real-IP": "203.0.113.9"})).status_code == 404
        assert (await here.get("/t/echo/%6eear")).status_code == 200
        assert (await there.get("/t/echo/%6eear")).status_code == 404
        assert (await here.get("/health/ready")).json() == {"status": "ok", "services": {}}


async def test_a_service_in_this_process_gets_the_request_itself(upstream: Upstream) -> None:
    given: dict[str, Any] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        given.update(scope=scope, receive=receive)
        await upstream.early(scope, receive, send)

    async def receive() -> Any:
        raise AssertionError("nobody may read the body on the way")

    async def send(message: Any) -> None:
        given.setdefault("sent", []).append(message)

    scope = a_scope(method="POST", headers=[(b"content-length", b"7")])
    await gateway(app)(scope, receive, send)
    assert given["scope"] is scope
    assert given["receive"] is receive
    assert dict(given["sent"][0]["headers"])[b"x-request-id"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/internal", "/internal/events", "/t2/echo", "/%69nternal/events", "/health"]
)
async def test_unknown_and_inner_addresses_are_not_found(
    client: httpx.AsyncClient, upstream: Upstream, path: str
) -> None:
    answer = await client.get(path, headers={"x-peer-key": "the-key", "accept-language": "en"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["title"] == "Not found"
    assert not upstream.seen


async def test_not_even_a_catch_all_route_leads_inside() -> None:
    upstream = Upstream()
    app = build(Settings(rate_limit=0), [Route("/", "t")], httpx.AsyncClient(), {"t": upstream})
    async with client_of(app) as client:
        assert (await client.get("/internal/echo")).status_code == 404
    assert not upstream.seen


async def test_an_address_must_begin_with_a_slash_as_it_came() -> None:
    """ "%2Ft@evil/" decodes to one of ours, but put behind a service's base it would name another host."""
    upstream, sent = Upstream(), []

    async def send(message: Any) -> None:
        sent.append(message)

    for raw in (b"%2Ft/echo", b"@evil/t/echo"):
        scope = a_scope(path="/t/echo", raw_path=raw)
        await gateway(upstream)(scope, send, send)
        assert sent[-2]["status"] == 404
    assert not upstream.seen


async def test_the_face_of_a_problem_follows_the_address(client: httpx.AsyncClient) -> None:
    answer = await client.get("/fhir-r4/v9/Thing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/fhir+json")
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_the_peer_key_never_passes(client: httpx.AsyncClient, upstream: Upstream) -> None:
    await client.get("/t/echo", headers={"X-Peer-Key": "the-key"})
    assert b"x-peer-key" not in dict(upstream.seen[0]["headers"])


async def test_head_is_get_without_the_body(client: httpx.AsyncClient, upstream: Upstream) -> None:
    answer = await client.head("/t/status/200")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "5")
    assert upstream.seen[0]["method"] == "GET"
    own = await client.head("/health/live")
    assert (own.status_code, own.content, own.headers["content-length"]) == (200, b"", "15")


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/health/live", "/health/ready", "/metrics"])
async def test_own_addresses_are_only_read(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_trailing_slashes_stay(client: httpx.AsyncClient) -> None:
    assert (await client.get("/t/echo/?x=1")).json()["raw"] == "/t/echo/"


@pytest.mark.parametrize(
    "both", [b"content-length: 3\r\ntransfer-encoding: chunked", b"content-length: 3\r\ncontent-length: 4"]
)
async def test_a_body_of_unclear_length_is_refused(upstream: Upstream, both: bytes) -> None:
    async with serving(upstream) as base, door(base) as url:
        answer = await spoken(url, b"POST /t/echo HTTP/1.1\r\nhost: x\r\n" + both + b"\r\n\r\nabc")
    assert answer.startswith(b"HTTP/1.1 400")
    assert not upstream.seen


async def test_unclear_lengths_are_refused_whatever_server_is_in_front(
    client: httpx.AsyncClient, upstream: Upstream
) -> None:
    answer = await client.post(
        "/t/echo", content=b"abc", headers={"transfer-encoding": "chunked", "content-length": "3"}
    )
    assert (answer.status_code, upstream.seen) == (400, [])


# Limits


async def test_rate_limit_by_token_and_by_address(upstream: Upstream) -> None:
    app = gateway(upstream, rate_limit=0.5, rate_burst=3)
    async with client_of(app) as client:
        mine = [await client.get("/t/early", headers={"authorization": "Bearer a"}) for _ in range(5)]
        assert [a.status_code for a in mine] == [401, 401, 401, 429, 429]
        assert mine[3].headers["content-type"] == "application/problem+json"
        assert mine[3].headers["retry-after"] == "2"
        assert (await client.get("/t/early", headers={"authorization": "Bearer b"})).status_code == 401
        assert (await client.get("/t/early")).status_code == 401
        fhir = await client.get("/fhir-r4/v1/early", headers={"authorization": "Bearer a"})
        assert fhir.json()["issue"][0]["code"] == "throttled"
        assert (await client.get("/health/live")).status_code == 200
    async with client_of(app, "10.9.9.9") as other:
        assert (await other.get("/t/early")).status_code == 401


def test_the_rate_comes_back_with_time() -> None:
    now = [100.0]
    rate = Rate(10, 5, clock=lambda: now[0])
    assert [rate.wait("a") for _ in range(5)] == [0.0] * 5
    assert rate.wait("a") == pytest.approx(0.1)
    now[0] += 0.1
    assert [rate.wait("a") > 0 for _ in range(2)] == [False, True]
    now[0] += 100
    assert [rate.wait("a") for _ in range(5)] == [0.0] * 5


def test_the_rate_limit_forgets_whom_it_need_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    rate = Rate(10, 5, clock=lambda: now[0])
    monkeypatch.setattr(Rate, "ROOM", 100)
    for client in range(1000):
        now[0] += 0.01
        rate.wait(client)
    assert len(rate._spent) <= 100


async def _upload(url: str, chunked: bool) -> tuple[float, bytes, int]:
    """Send 60 MB: seconds to the answer's first bytes, the answer, how much was sent until it came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
    kind = b"transfer-encoding: chunked" if chunked else b"content-length: %d" % (60 * MIB)
    writer.write(b"POST /t/echo HTTP/1.1\r\nhost: x\r\n" + kind + b"\r\n\r\n")
    started, sent = time.perf_counter(), 0
    answering = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
    try:
        while not answering.done() and sent < 60 * MIB:
            part = b"a" * 65536
            writer.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
            await writer.drain()
            sent += len(part)
            await asyncio.sleep(0)
        return time.perf_counter() - started, await asyncio.wait_for(answering, 5), sent
    finally:
        writer.close()


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("chunked", [False, True])
async def test_sixty_megabytes_are_refused_without_reading_them(chunked: bool, split: bool) -> None:
    upstream = Upstream()
    async with serving(upstream) as base, door(base if split else upstream, max_body=4 * MIB) as url:
        seconds, answer, sent = await _upload(url, chunked)
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:  # one that reads only after sending all
            plain = await client.post("/t/echo", content=b"a" * (60 * MIB))
    assert answer.startswith(b"HTTP/1.1 413")
    assert seconds < 1
    assert sent < 16 * MIB
    assert plain.status_code == 413
    assert "MiB" in plain.json()["detail"]
    assert upstream.taken <= 5 * MIB


async def test_an_unlimited_route_is_left_to_its_service(upstream: Upstream) -> None:
    async with client_of(gateway(upstream, max_body=10)) as client:
        assert (await client.post("/t/echo", content=b"a" * 11)).status_code == 413
        assert (await client.post("/t/bulk/x", content=b"a" * 11)).json()["size"] == 11


# Pages and origins


async def test_pages_of_services_get_security_headers(client: httpx.AsyncClient) -> None:
    page = await client.get("/t/page", headers={"accept": "text/html,*/*"})
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers.get_list("x-frame-options") == ["SAMEORIGIN"]
    assert "content-security-policy" not in (await client.get("/t/echo", headers={"accept": "text/html"})).headers


async def test_cross_origin_is_off_unless_set(upstream: Upstream) -> None:
    asks = {"origin": "https://app.example", "access-control-request-method": "GET"}
    async with client_of(gateway(upstream)) as client:
        assert "access-control-allow-origin" not in (await client.options("/t/echo", headers=asks)).headers
    async with client_of(gateway(upstream, cors_origins=["https://app.example"])) as client:
        allowed = await client.options("/t/echo", headers=asks)
        assert allowed.headers["access-control-allow-origin"] == "https://app.example"
        refused = await client.options("/t/echo", headers=asks | {"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in refused.headers


async def test_only_trusted_proxies_are_believed(upstream: Upstream) -> None:
    sent = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    for address, client_seen, scheme in (("127.0.0.1", "203.0.113.9", "https"), ("10.1.1.1", "10.1.1.1", "http")):
        async with client_of(gateway(upstream), address) as client:
            await client.get("/t/early", headers=sent)
        assert (upstream.seen[-1]["client"][0], upstream.seen[-1]["scheme"]) == (client_seen, scheme)
        assert b"x-forwarded-for" not in dict(upstream.seen[-1]["headers"])


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200), ("::1", {}, 200), ("10.0.0.9", {}, 403), ("10.0.0.9", {"x-peer-key": "wrong"}, 403),
        ("10.0.0.9", {"x-peer-key": "the-key"}, 200), ("127.0.0.1", {"x-forwarded-for": "10.0.0.9"}, 403),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 403), ("127.0.0.1", {"forwarded": "for=x"}, 403),
    ],
)  # fmt: skip
async def test_metrics_are_for_this_machine_or_the_key(
    upstream: Upstream, address: str, headers: dict[str, str], status: int
) -> None:
    async with client_of(gateway(upstream), address) as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert (b"simpul_request_seconds" in answer.content) == (status == 200)


# Health


def peers(answers: dict[str, Callable[[], Awaitable[httpx.Response]]]) -> httpx.AsyncClient:
    async def handle(request: httpx.Request) -> httpx.Response:
        return await answers[request.url.host]()

    return httpx.AsyncClient(transport=httpx.MockTransport(handle))


async def test_ready_when_every_service_is(upstream: Upstream) -> None:
    state = {"status": 200}

    async def answered() -> httpx.Response:
        return httpx.Response(state["status"])

    async def broken() -> httpx.Response:
        raise httpx.ConnectError("no")

    async with client_of(gateway(upstream, peers({"t": answered}))) as client:
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()) == (200, {"status": "ok", "services": {"t": "ok"}})
        state["status"] = 503
        await asyncio.sleep(0.55)
        down = await client.get("/health/ready")
        assert (down.status_code, down.json()["services"]) == (503, {"t": "down"})
        assert (await client.get("/health/live")).json() == {"status": "ok"}
    async with client_of(gateway(upstream, peers({"t": broken}))) as client:
        assert (await client.get("/health/ready")).status_code == 503


async def test_own_files_carry_tags_and_are_packed(client: httpx.AsyncClient) -> None:
    bundle = await client.get("/assets/swagger/swagger-ui-bundle.js")
    assert bundle.headers["content-encoding"] == "gzip"
    assert int(bundle.headers["content-length"]) < 600_000
    again = await client.get("/assets/swagger/swagger-ui-bundle.js", headers={"if-none-match": bundle.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = await client.get("/assets/swagger/swagger-ui-bundle.js", headers={"accept-encoding": "identity"})
    assert plain.content == bundle.content
    for path in ("/", "/docs", "/docs/"):
        page = await client.get(path)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "script-src 'self';" in page.headers["content-security-policy"]
    assert (await client.get("/assets/../app.py")).status_code == 404
    assert orjson.loads((await client.get("/assets/none.js")).content)["status"] == 404
