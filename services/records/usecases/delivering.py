"""Delivering webhooks: a kernel job that never ends. It puts changes in line (with the webhook's place in the feed, in
one transaction) and sends what is due, each address in a task of its own, so that a dead one holds up nobody.

At least once: a delivery is taken with a lease, and who dies with it leaves it due. Receivers know repeats by
`webhook-id`. The payload holds ids only; whoever wants more asks for it and is decided and logged again.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx
import orjson

from services.kernel.auth import Actor
from services.kernel.db import OUTAGES, Tx
from services.kernel.ids import new_id
from services.kernel.problems import Unavailable
from services.kernel.service import Service
from services.records import webhook as rules
from services.records.queries import subjects
from services.records.queries import webhooks as queries
from services.records.queries.changes import Change
from services.records.queries.webhooks import Hook
from services.records.settings import RecordsSettings
from services.records.usecases.changes import Feed, opened

ENTRIES = 50
"""Changes in one message."""
PAGE = 500
IN_LINE = 2000
"""Deliveries of one webhook that wait; beyond, its place in the feed waits instead."""
AT_ONCE = 20
"""Addresses served at the same time."""
POLL = 0.3
IDLE = 5.0
"""Seconds between two looks whether anybody has a webhook at all; one registered here is seen at once."""
KEPT = timedelta(days=3)
ANSWER = 1024
"""Bytes of an answer that are looked at."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one try."""

    ok: bool
    status: int | None
    error: str | None


def settings(service: Service) -> RecordsSettings:
    """The record's own settings."""
    assert isinstance(service.settings, RecordsSettings)  # noqa: S101 - this service is built with them
    return service.settings


def client(service: Service) -> httpx.AsyncClient:
    """A client for addresses outside; never the one that reaches peers by name."""
    limit = settings(service).webhook_timeout
    return httpx.AsyncClient(
        trust_env=False, follow_redirects=False, timeout=limit,
        limits=httpx.Limits(max_connections=2 * AT_ONCE, max_keepalive_connections=AT_ONCE),
    )  # fmt: skip


def message(webhook: str, type_: str, entries: Sequence[dict[str, object]]) -> str:
    """The payload: ids, kinds and positions; nothing of a person's health."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    data = {"webhook": webhook, "entries": entries}
    return orjson.dumps({"type": type_, "timestamp": now, "data": data}).decode()


async def work(service: Service) -> None:
    """For ever: feed the webhooks, send what is due. A kernel job."""
    busy: dict[str, asyncio.Task[None]] = {}
    swept = 0.0
    async with client(service) as http, asyncio.TaskGroup() as group:
        while True:
            if not await _wanted(service):
                continue
            await feed_all(service)
            for id_ in [i for i, task in busy.items() if task.done()]:
                del busy[id_]
            async with service.db.reading() as conn:
                due = await queries.due(conn, list(busy), AT_ONCE - len(busy)) if len(busy) < AT_ONCE else []
                if time.monotonic() - swept > 600:
                    swept = time.monotonic()
                    await queries.forget(conn, datetime.now(UTC) - KEPT)
            for id_ in due:
                busy[id_] = group.create_task(_serve(service, http, id_))
            await asyncio.sleep(POLL)


async def _wanted(service: Service) -> bool:
    """Whether there is any webhook; when there is none, after a while."""
    async with service.db.reading() as conn:
        if await queries.any_there(conn):
            return True
    with suppress(TimeoutError):
        async with asyncio.timeout(IDLE):
            await told(service).wait()
    told(service).clear()
    return False


def told(service: Service) -> asyncio.Event:
    """Set when a webhook is registered in this process."""
    found: asyncio.Event = service.room.setdefault("webhook", asyncio.Event())
    return found


async def feed_all(service: Service) -> None:
    """Put what is new in line for every active webhook."""
    after, fed = "", True
    while fed:
        async with service.db.transaction() as tx:
            hook = await queries.next_hook(tx, after, IN_LINE)
            fed = hook is not None
            if hook is not None:
                after = hook.id
                await _feed(service, tx, hook)


async def _feed(service: Service, tx: Tx, hook: Hook) -> None:
    actor = Actor(hook.subject, hook.role, hook.facility, purpose="TREAT", origin=f"webhook/{hook.id}")
    feed = Feed(service, tx, actor, "webhook", opened(hook.cursor), bodies=False)
    found = await feed.read(PAGE)
    told = [_entry(c) for c in found if not hook.types or c.type in hook.types]
    messages = []
    for i in range(0, len(told), ENTRIES):
        part = told[i : i + ENTRIES]
        messages.append((f"msg_{new_id()}", message(hook.id, "changes", part), len(part)))
    if messages or feed.cursor.sealed() != hook.cursor:
        await queries.enqueue(tx, hook, feed.cursor.sealed(), messages)


def _entry(change: Change) -> dict[str, object]:
    return {
        "position": change.position, "kind": "deleted" if change.body is None else change.kind, "type": change.type,
        "id": change.id, "version": change.version,
    }  # fmt: skip


async def tell_the_office(tx: Tx, type_: str, entry: dict[str, object]) -> None:
    """Put a notice in line for every webhook of the health office, in the transaction that it speaks of."""
    for webhook in await queries.of_the_office(tx):
        await queries.put_in_line(tx, webhook, f"msg_{new_id()}", message(webhook, type_, [entry]))


async def _serve(service: Service, http: httpx.AsyncClient, webhook: str) -> None:
    """Deliver what is due to one address until nothing is, or it fails."""
    lease = timedelta(seconds=max(5.0, 3 * settings(service).webhook_timeout))
    with suppress(*OUTAGES, Unavailable):
        while True:
            async with service.db.reading() as conn:
                due = await queries.take(conn, webhook, lease)
            if due is None:
                return
            done = await send(service, http, due.url, due.secret, due.id, due.payload)
            async with service.db.transaction() as tx:
                if done.ok:
                    await queries.delivered(tx, webhook, due.id, done.status or 200)
                    continue
                pace = settings(service).webhook_pace
                again = timedelta(seconds=rules.delay(due.attempts) * pace)
                await queries.failed(tx, due.id, done.status, done.error or "http", again)
                rest = timedelta(seconds=rules.rest(await queries.failures(tx, webhook)) * pace)
                hours = await subjects.policy(tx, "webhook-hours", service.clock.today())
                patience = timedelta(hours=hours) * pace
                await queries.lay_down(tx, webhook, rest, patience, gone=done.status == 410)
            return


async def send(service: Service, http: httpx.AsyncClient, url: str, secret: str, id_: str, payload: str) -> Done:
    """One try: the address looked up and judged here, called by number, so that no later look-up can change it."""
    body, at = payload.encode(), int(time.time())
    headers = {
        "content-type": "application/json", "user-agent": "Simpul-ILP/1.0", "webhook-id": id_,
        "webhook-timestamp": str(at), "webhook-signature": rules.signature(secret, id_, at, body),
    }  # fmt: skip
    try:
        async with asyncio.timeout(settings(service).webhook_timeout):
            target, more = await _target(service, url)
            if target is None:
                return Done(ok=False, status=None, error=more)
            headers["host"] = more
            extensions = {"sni_hostname": urlsplit(url).hostname}
            async with http.stream("POST", target, content=body, headers=headers, extensions=extensions) as answer:
                with suppress(StopAsyncIteration):
                    await anext(answer.aiter_raw(ANSWER))
                status = answer.status_code
    except (TimeoutError, httpx.TimeoutException):
        return Done(ok=False, status=None, error="timeout")
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, ValueError) as error:
        return Done(ok=False, status=None, error="tls" if "SSL" in repr(error) else "refused")
    if 200 <= status < 300:
        return Done(ok=True, status=status, error=None)
    return Done(ok=False, status=status, error="redirect" if 300 <= status < 400 else "http")


async def _target(service: Service, url: str) -> tuple[str | None, str]:
    """The URL with its host's number, and the Host header; or why it may not be called."""
    private = settings(service).webhook_private
    if rules.address_fault(url, private=private):
        return None, "private-address"
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        return None, "dns"
    numbers = [ip_address(str(info[4][0]).split("%")[0]) for info in found]
    if not numbers:
        return None, "dns"
    if not private and not all(rules.reachable(n) for n in numbers):
        return None, "private-address"
    number = f"[{numbers[0]}]" if numbers[0].version == 6 else str(numbers[0])
    return parts._replace(netloc=f"{number}:{port}").geturl(), parts.netloc
