"""The boxes as a stream: who is told what, nothing twice, nothing lost, and nobody holds anybody up."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import orjson
import pytest

from services.kernel.auth import Actor, Role
from services.kernel.service import Service
from services.kernel.stream import EventStream
from services.referrals.usecases import stream as streaming
from tests.service.referrals.stage import CLINIC, HOSPITAL, OFFICE, PRACTICE, PUSKESMAS, Stage, token

MIDWIFE, DOCTOR = token("puskesmas-staff", PUSKESMAS), token("clinician", PRACTICE)


def actor(role: str, facility: str | None, lasts: float = 3600) -> Actor:
    bearer = token(role, facility, lasts=lasts)["authorization"].removeprefix("Bearer ")
    return Actor(subject=f"{role}@{facility}", role=role, facility=facility, token=bearer)


class Client:
    """Reads one stream as a browser would."""

    def __init__(self, service: Service, who: Actor) -> None:
        self.service, self.who = service, who
        self.last: int | None = None
        self.kinds: list[str] = []

    @asynccontextmanager
    async def open(self, *, once: bool = False) -> AsyncIterator["Client"]:
        self.listener = await streaming.listen(self.service, self.who)
        self.flow = streaming.flow(self.service, self.listener, self.last, once=once)
        self.take(await anext(self.flow))
        yield self
        await self.flow.aclose()
        streaming.leave(self.service, self.listener)

    def take(self, chunk: bytes) -> list[dict[str, Any]]:
        found = []
        for block in chunk.decode().strip().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            self.last = int(fields.get("id", self.last or 0))
            if "event" in fields:
                self.kinds.append(fields["event"])
                found.append(orjson.loads(fields["data"]))
        return found

    async def read(self, count: int) -> list[tuple[str, str, str]]:
        """The next `count` changes: box, verb, state."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(30):
            while len(found) < count:
                found += self.take(await anext(self.flow))
        self.said = found
        return [(m["box"], m["verb"], m["state"]) for m in found]


@pytest.fixture
def service(stage: Stage) -> Service:
    found: Service = stage.app.state.service
    return found


async def test_each_end_hears_its_own_and_the_office_all(stage: Stage, service: Service) -> None:
    sender, asked = Client(service, actor("clinician", PRACTICE)), Client(service, actor("puskesmas-staff", PUSKESMAS))
    next_one, third = Client(service, actor("hospital", HOSPITAL)), Client(service, actor("clinician", CLINIC))
    office = Client(service, actor(Role.DINKES_ADMIN, None))
    looks = len(await stage.looks())
    async with sender.open(), asked.open(), next_one.open(), third.open(), office.open():
        id_ = await stage.sent()
        assert (await asked.read(1), await sender.read(1)) == (
            [("inbox", "send", "sent")],
            [("outbox", "send", "sent")],
        )
        said = asked.said[0]
        assert said.keys() == {
            "id", "number", "version", "leg", "box", "state", "verb", "urgency", "owner", "due_at", "outcome",
            "from_facility", "to_facility", "over",
        }  # fmt: skip
        assert (said["id"], said["urgency"], said["owner"], said["over"]) == (id_, "urgent", "receiver", False)
        assert (await stage.take(id_, "send", DOCTOR, {"to_facility": HOSPITAL})).status_code == 200
        assert await next_one.read(1) == [("inbox", "send", "sent")]
        assert await asked.read(1) == [("inbox", "send", "sent")]
        assert (asked.said[0]["over"], asked.said[0]["to_facility"]) == (True, None)
        assert (await stage.take(id_, "accept", token("hospital", HOSPITAL))).status_code == 200
        assert await next_one.read(1) == [("inbox", "accept", "accepted")]
        assert await sender.read(2) == [("outbox", "send", "sent"), ("outbox", "accept", "accepted")]
        assert [m["box"] for m in sender.said] == ["outbox"] * 2
        assert len(await office.read(3)) == 3
        assert (
            len(asked.listener._queue) == len(third.listener._queue) == 0
        )  # it left the one, it never was the other's
    assert len(await stage.looks()) == looks + 3  # the steps themselves: who hears of codes has looked at nobody


async def test_who_comes_back_missed_nothing(stage: Stage, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "BATCH", 2)
    client, other = Client(service, actor("puskesmas-staff", PUSKESMAS)), Client(service, actor("clinician", CLINIC))
    async with client.open(), other.open():
        id_ = await stage.sent()
        await client.read(1)
    for verb in ("accept", "arrive", "treat"):
        assert (await stage.take(id_, verb, MIDWIFE)).status_code == 200
    await stage.events()
    async with client.open():  # while another listens, and while nobody does
        assert [m[1] for m in await client.read(3)] == ["accept", "arrive", "treat"]
        told = {"advice": "Kontrol tekanan darah tiap minggu", "due": str(date.today() + timedelta(days=30))}
        assert (await stage.take(id_, "refer-back", MIDWIFE, told)).status_code == 200
        assert [m[1:] for m in await client.read(1)] == [("refer-back", "closed")]
        streaming.hub_of(service).position = 0  # as when another begins to listen while a batch is being read
        service.sealer._sealed.set()
        await stage.sent()
        assert [m[1] for m in await client.read(1)] == ["send"]
    async with other.open(once=True):
        assert [m async for chunk in other.flow for m in other.take(chunk)] == []
    client.kinds.clear()
    for away in (10**9, -1 - streaming.FAR):  # of another log, and from before what is kept near
        client.last = away
        async with client.open(once=True):
            assert [m async for chunk in client.flow for m in client.take(chunk)] == [{}]
    assert client.kinds == ["reset"] * 2


async def test_the_slow_the_replaced_and_the_expired_are_let_go(
    stage: Stage, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "ROOM", 2)
    monkeypatch.setattr(streaming, "EACH", 1)
    first, second = (Client(service, actor("puskesmas-staff", PUSKESMAS)) for _ in "ab")
    brief = Client(service, actor("clinician", CLINIC, lasts=0.3))
    async with brief.open(), first.open():
        async with second.open():
            assert b"replaced" in await anext(first.flow)
            id_ = await stage.sent()
            for verb in ("accept", "arrive"):
                assert (await stage.take(id_, verb, MIDWIFE)).status_code == 200
            async with asyncio.timeout(10):
                while second.listener.why is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert b"slow" in await anext(second.flow)
        async with asyncio.timeout(10):
            while b'"why":"token"' not in (said := await anext(brief.flow)):
                assert said
        service.sealer.release()
        late = Client(service, actor("hospital", HOSPITAL))
        async with late.open():
            assert b"closing" in await anext(late.flow)


async def test_a_client_that_is_gone_ends_its_stream(service: Service, stage: Stage) -> None:
    hub = streaming.hub_of(service)
    listener = await streaming.listen(service, actor("clinician", PRACTICE))
    gone, sent = asyncio.Event(), list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    answer = EventStream(
        streaming.flow(service, listener, None, once=False), lambda: streaming.leave(service, listener)
    )
    task = asyncio.create_task(answer({"type": "http"}, receive, send))
    while len(sent) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert dict(sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert sent[1]["body"].startswith(b"retry: ")
    gone.set()
    async with asyncio.timeout(2):
        await task
    assert hub.count == 0


async def test_only_who_has_boxes_may_listen(stage: Stage) -> None:
    async def ask(who: dict[str, str], **more: str) -> int:
        answer = await stage.http.get("/v1/referrals/stream?once=true", headers=who | more)
        return answer.status_code

    assert await ask(MIDWIFE) == await ask(token("dinkes-admin", OFFICE)) == await ask(token("auditor", None)) == 200
    assert await ask(token("dinkes-analyst", None)) == await ask(token("jkn-connector", None)) == 403
    assert await ask(token("clinician", None)) == 403
    assert await ask(MIDWIFE, **{"Last-Event-ID": "-1"}) == 422
    begun = time.monotonic()
    answer = await stage.http.get("/v1/referrals/stream?once=true", headers=MIDWIFE | {"Last-Event-ID": "0"})
    assert answer.headers["content-type"].startswith("text/event-stream") and answer.text.startswith("retry: ")
    assert time.monotonic() - begun < 5
