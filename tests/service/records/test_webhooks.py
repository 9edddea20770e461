"""Webhooks against a real HTTP receiver that fails, hangs, comes back: nothing is lost, nobody is held up."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from services.records import webhook
from services.records.usecases import delivering
from tests.service.records.bodies import BASE, nik, systolic
from tests.service.records.test_changes import sealed
from tests.service.records.test_secrecy import registered

Caller = Callable[..., httpx.AsyncClient]
PATH = "/v1/webhooks"


@dataclass
class Receiver:
    """An HTTP server on loopback that answers as it is told to."""

    port: int = 0
    answer: int = 200
    hang: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    seen: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in head[1:] if ": " in line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.seen += 1
            if self.hang:
                await asyncio.sleep(30)
            if self.answer < 300:
                self.got.append((headers, body))
            place = "location: http://127.0.0.1:1/\r\n" if 300 <= self.answer < 400 else ""
            writer.write(f"HTTP/1.1 {self.answer} X\r\ncontent-length: 0\r\n{place}connection: close\r\n\r\n".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/simpul"

    def entries(self) -> list[dict[str, Any]]:
        return [e for _, body in self.got for e in json.loads(body)["data"]["entries"]]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@pytest.fixture(autouse=True)
async def fast(records: App, sql: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Private addresses allowed, a hundredth of the waiting; no webhook is left over."""
    settings = records.state.service.settings
    monkeypatch.setattr(settings, "webhook_private", True)
    monkeypatch.setattr(settings, "webhook_pace", 0.01)
    monkeypatch.setattr(settings, "webhook_timeout", 0.5)
    yield
    await sql("DELETE FROM webhook")
    await sql("DELETE FROM webhook_delivery")


async def made(client: httpx.AsyncClient, url: str, **more: Any) -> dict[str, Any]:
    answer = await client.post(PATH, json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def observed(client: httpx.AsyncClient, person: str) -> str:
    return str((await client.post(f"{BASE}/Observation", json=systolic(person))).json()["id"])


async def test_a_change_arrives_signed_with_ids_only(
    records: App, caller: Caller, receiver: Receiver, sql: Any
) -> None:
    a = caller("KLINIK-A")
    await sealed(records)
    hook = await made(a, receiver.url, types=["Observation"])
    id_ = await registered(a, nik())
    seen = await observed(a, id_)
    assert "secret" in hook
    await observed(caller("TPMD-B"), await registered(caller("TPMD-B"), nik()))  # not to be seen by A
    await until(lambda: bool(receiver.got))
    await asyncio.sleep(0.5)
    headers, body = receiver.got[0]
    assert {(e["type"], e["id"], e["version"]) for e in receiver.entries()} == {("Observation", seen, 1)}
    assert {k for e in receiver.entries() for k in e} == {"position", "kind", "type", "id", "version"}
    signed = webhook.signature(hook["secret"], headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == signed
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    shown = (await a.get(f"{PATH}/{hook['id']}")).json()
    assert "secret" not in shown
    assert (shown["waiting"], shown["dead"], shown["failures"]) == (0, 0, 0)
    rows = await sql(
        "SELECT resources, origin FROM access_log WHERE person_id = $1 AND what = 'webhook' UNION ALL"
        " SELECT resources, origin FROM access_pending WHERE person_id = $1 AND what = 'webhook'", id_,
    )  # fmt: skip
    assert any(f"Observation/{seen}" in r["resources"] and r["origin"] == f"webhook/{hook['id']}" for r in rows)


@pytest.mark.parametrize("trouble", ["error", "hang", "redirect", "closed"])
async def test_what_fails_is_repeated_until_the_address_comes_back(
    records: App, caller: Caller, receiver: Receiver, trouble: str
) -> None:
    a, port = caller("KLINIK-A"), receiver.port
    await sealed(records)
    receiver.answer = {"error": 500, "redirect": 302}.get(trouble, 200)
    receiver.hang = trouble == "hang"
    url = receiver.url
    if trouble == "closed":
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        url = f"http://127.0.0.1:{port}/simpul"
    hook = await made(a, url, types=["Observation"])
    id_ = await registered(a, nik())
    ids = [await observed(a, id_) for _ in range(3)]

    async def failures() -> int:
        return int((await a.get(f"{PATH}/{hook['id']}")).json()["failures"])

    async with asyncio.timeout(15):
        while await failures() < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    waiting = (await a.get(f"{PATH}/{hook['id']}/deliveries")).json()["deliveries"]
    errors = {"error": "http", "hang": "timeout", "redirect": "redirect", "closed": "refused"}
    assert errors[trouble] in {d["error"] for d in waiting}
    assert receiver.got == []
    receiver.answer, receiver.hang = 200, False
    server = await asyncio.start_server(receiver, "127.0.0.1", port) if trouble == "closed" else None
    await until(lambda: {e["id"] for e in receiver.entries()} == set(ids))
    first = [h["webhook-id"] for h, _ in receiver.got]
    assert len(first) == len(set(first))
    if server:
        server.close()


async def test_a_dead_address_holds_up_nobody(records: App, caller: Caller, receiver: Receiver) -> None:
    a = caller("KLINIK-A")
    await sealed(records)
    dead = Receiver(hang=True)
    server = await asyncio.start_server(dead, "127.0.0.1", 0)
    dead.port = server.sockets[0].getsockname()[1]
    for _ in range(5):
        await made(a, dead.url)
    await made(a, receiver.url)
    begun = time.monotonic()
    id_ = await registered(a, nik())
    await until(lambda: dead.seen >= 5)
    for _ in range(5):
        seen = await observed(a, id_)
        await until(lambda seen=seen: seen in {e["id"] for e in receiver.entries()})  # type: ignore[misc]
    assert time.monotonic() - begun < 10
    server.close()


async def test_one_message_that_is_refused_does_not_hold_up_the_others(
    records: App, caller: Caller, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = caller("KLINIK-A")
    await sealed(records)
    monkeypatch.setattr(delivering, "ENTRIES", 1)
    id_ = await registered(a, nik())
    await sealed(records)
    await made(a, receiver.url)
    receiver.answer = 422
    first = await observed(a, id_)
    await until(lambda: receiver.seen >= 1)
    receiver.answer = 200
    rest = [await observed(a, id_) for _ in range(4)]
    await until(lambda: {first, *rest} == {e["id"] for e in receiver.entries()})


async def test_after_its_time_a_delivery_is_dead_and_can_be_sent_again(
    records: App, caller: Caller, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = caller("KLINIK-A")
    await sealed(records)
    receiver.answer = 500
    monkeypatch.setattr(records.state.service.settings, "webhook_pace", 0.00001)  # a day in 0.9 seconds
    hook = await made(a, receiver.url, types=["Observation"])
    id_ = await registered(a, nik())
    await sealed(records)
    await asyncio.sleep(1)
    seen = await observed(a, id_)

    async def listed(state: str) -> list[dict[str, Any]]:
        page = await a.get(f"{PATH}/{hook['id']}/deliveries", params={"state": state})
        return list(page.json()["deliveries"])

    async with asyncio.timeout(15):
        while not await listed("dead"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    (dead,) = await listed("dead")
    assert dead["attempts"] > 1
    assert (dead["status"], dead["error"], dead["entries"]) == (500, "http", 1)
    tried = receiver.seen
    await asyncio.sleep(1)
    assert receiver.seen == tried  # the dead rest
    receiver.answer = 200
    assert (await a.post(f"{PATH}/{hook['id']}/resend", json={"ids": ["other"]})).json() == {"resent": 0}
    assert (await a.post(f"{PATH}/{hook['id']}/resend", json={})).json() == {"resent": 1}
    await until(lambda: [e["id"] for e in receiver.entries()] == [seen])
    assert receiver.got[0][0]["webhook-id"] == dead["id"]
    assert await listed("dead") == []


async def test_an_address_that_is_gone_is_told_no_more_until_resumed(
    records: App, caller: Caller, receiver: Receiver
) -> None:
    a = caller("KLINIK-A")
    await sealed(records)
    receiver.answer = 410
    hook = await made(a, receiver.url)
    id_ = await registered(a, nik())

    async def state() -> str:
        return str((await a.get(f"{PATH}/{hook['id']}")).json()["state"])

    async with asyncio.timeout(10):
        while await state() != "gone":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    tried = receiver.seen
    seen = await observed(a, id_)
    await asyncio.sleep(1)
    assert receiver.seen == tried
    receiver.answer = 200
    assert (await a.post(f"{PATH}/{hook['id']}/resume")).json()["state"] == "active"
    await until(lambda: {id_, seen} <= {e["id"] for e in receiver.entries()})


async def test_a_pause_loses_nothing(records: App, caller: Caller, receiver: Receiver) -> None:
    a = caller("KLINIK-A")
    await sealed(records)
    hook = await made(a, receiver.url)
    assert (await a.post(f"{PATH}/{hook['id']}/pause")).json()["state"] == "paused"
    id_ = await registered(a, nik())
    await asyncio.sleep(1)
    assert receiver.got == []
    await a.post(f"{PATH}/{hook['id']}/resume")
    await until(lambda: id_ in {e["id"] for e in receiver.entries()})


async def test_who_died_with_a_delivery_leaves_it_due(
    records: App, caller: Caller, receiver: Receiver, sql: Any
) -> None:
    """As after kill -9: taken, never answered for; the lease ends and it is sent."""
    a = caller("KLINIK-A")
    await sealed(records)
    hook = await made(a, receiver.url)
    await a.post(f"{PATH}/{hook['id']}/pause")
    await sql(
        "INSERT INTO webhook_delivery (id, webhook_id, payload, entries, attempts, next_at)"
        " VALUES ('msg_x', $1, $2, 0, 1, now() + interval '1 second')",
        hook["id"], delivering.message(hook["id"], "changes", []),
    )  # fmt: skip
    await a.post(f"{PATH}/{hook['id']}/resume")
    await until(lambda: "msg_x" in {h["webhook-id"] for h, _ in receiver.got})


async def test_a_test_delivery_says_what_came_back(caller: Caller, receiver: Receiver, records: App) -> None:
    a = caller("KLINIK-A")
    hook = await made(a, receiver.url)
    done = (await a.post(f"{PATH}/{hook['id']}/test")).json()
    assert (done["delivered"], done["status"], done["error"]) == (True, 200, None)
    assert json.loads(receiver.got[0][1])["type"] == "test"
    receiver.answer = 503
    done = (await a.post(f"{PATH}/{hook['id']}/test")).json()
    assert (done["delivered"], done["status"], done["error"]) == (False, 503, "http")


async def test_inner_addresses_are_never_called_whatever_their_name_says(
    records: App, caller: Caller, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, sql: Any
) -> None:
    a = caller("KLINIK-A")
    monkeypatch.setattr(records.state.service.settings, "webhook_private", False)
    for url in (receiver.url, f"https://127.0.0.1:{receiver.port}/", "https://10.0.0.1/", "http://klinik.example/"):
        answer = await a.post(PATH, json={"url": url})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/url"), url
    hook = await made(a, "https://pindah.example/")

    async def rebound(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", ("127.0.0.1", receiver.port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebound, raising=False)
    done = (await a.post(f"{PATH}/{hook['id']}/test")).json()
    assert (done["delivered"], done["error"]) == (False, "private-address")
    await sql("UPDATE webhook SET url = $1", receiver.url)  # registered while the setting was on
    done = (await a.post(f"{PATH}/{hook['id']}/test")).json()
    assert (done["delivered"], done["error"]) == (False, "private-address")
    assert receiver.seen == 0


async def test_a_facility_handles_its_own_only(caller: Caller, receiver: Receiver) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    hook = await made(a, receiver.url)
    assert [w["id"] for w in (await a.get(PATH)).json()["webhooks"]] == [hook["id"]]
    assert (await b.get(PATH)).json()["webhooks"] == []
    for verb in ("test", "pause", "resume"):
        assert (await b.post(f"{PATH}/{hook['id']}/{verb}")).status_code == 404
    assert (await b.get(f"{PATH}/{hook['id']}/deliveries")).status_code == 404
    assert (await b.delete(f"{PATH}/{hook['id']}")).status_code == 404
    assert (await a.delete(f"{PATH}/{hook['id']}")).status_code == 204
    assert (await a.get(f"{PATH}/{hook['id']}")).status_code == 404
    for wrong in (
        {"url": 1},
        {"url": receiver.url, "types": ["observation"]},
        {"url": receiver.url, "types": ["Encounters"]},
        {"url": receiver.url, "secret": "x"},
    ):
        assert (await a.post(PATH, json=wrong)).status_code == 422
    assert (await caller("KLINIK-A", "clinician").post(PATH, json={"url": receiver.url})).status_code == 403
    for _ in range(20):
        await made(a, receiver.url)
    assert (await a.post(PATH, json={"url": receiver.url})).status_code == 409


async def test_the_office_is_told_of_broken_glass_at_once(caller: Caller, receiver: Receiver, records: App) -> None:
    a, b, office = caller("KLINIK-A"), caller("TPMD-B"), caller(None, "dinkes-admin")
    person = await registered(a, nik())
    await made(office, receiver.url, types=["Medication"])
    await made(a, receiver.url, types=["Medication"])
    body = {"patient": person, "reason": "emergency", "note": "Tidak sadar di IGD"}
    opening = (await b.post("/v1/break-glass", json=body)).json()
    await until(lambda: bool(receiver.got))
    _, raw = receiver.got[0]
    told = json.loads(raw)
    entry = {"id": opening["id"], "facility": "TPMD-B", "reason": "emergency"}
    assert told["type"] == "break-glass"
    assert told["data"]["entries"][0].items() >= entry.items()
    assert person not in raw.decode() and "sadar" not in raw.decode()
    await asyncio.sleep(0.5)
    assert len(receiver.got) == 1  # the other facility's webhook is not told
