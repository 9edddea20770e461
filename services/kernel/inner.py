"""The routes every service has: health, metrics, its event feed, its status, its access rows. Never routed outside."""

import asyncio
import time
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from services.kernel import access, chain, events, follow, metrics
from services.kernel.auth import peers_only, public
from services.kernel.service import Svc

router = APIRouter(include_in_schema=False)

RARE = 0.3
"""Seconds between two looks for the events of one type, while others are sealed all the time."""


@router.get("/health/live", dependencies=[Depends(public)])
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/health/ready", dependencies=[Depends(public)])
async def ready(service: Svc) -> dict[str, str]:
    """The service can serve: its database answers. 503 otherwise (raised by the pool)."""
    async with service.db.reading() as conn:
        await conn.fetchval("SELECT 1")
    return {"status": "ok", "service": service.name}


@router.get("/internal/metrics", dependencies=[Depends(peers_only)])
async def metric() -> Response:
    """Prometheus exposition of this process."""
    body, kind = metrics.exposition()
    return Response(body, media_type=kind)


@router.get("/internal/events", dependencies=[Depends(peers_only)])
async def feed(
    service: Svc,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
    wait: Annotated[float, Query(ge=0, le=30)] = 0,
    only: Annotated[str | None, Query(pattern="^[A-Za-z_]+$")] = None,
) -> Response:
    """Events after a position (of one type); with `wait`, held until there are some or the seconds are over."""
    until = time.monotonic() + wait
    while True:
        async with service.db.reading() as conn:
            rows, _ = await events.read(conn, after, limit, only)
        left = until - time.monotonic()
        if rows or left <= 0 or service.sealer.closing:
            break
        await service.sealer.wait(left if service.sealer.holder else min(left, 0.2))
        if only is None:
            until = 0  # one look more
        else:
            await asyncio.sleep(min(RARE, max(left, 0)))  # most of what is sealed is of other types
    async with service.db.reading() as conn:
        top = await events.head(conn, only)
    return Response('{"head":%d,"events":[%s]}' % (top, ",".join(rows)), media_type="application/json")  # noqa: UP031


@router.get("/internal/status", dependencies=[Depends(peers_only)])
async def status(service: Svc) -> dict[str, Any]:
    """Followers, parked persons, the heads of both logs."""
    async with service.db.reading() as conn:
        return {
            "service": service.name,
            "head": await events.head(conn),
            "unsealed": await conn.fetchval("SELECT count(*) FROM event_pending"),
            "access": await access.chain_head(conn),
            "disk": await conn.fetchval("SELECT pg_database_size(current_database())"),
            "followers": await follow.status(service),
        }


@router.get("/internal/access/verify", dependencies=[Depends(peers_only)])
async def verify(service: Svc) -> dict[str, Any]:
    """Recompute the access log's chain; `broken` is the first block that does not hold, or null."""
    heads = chain.published(service.settings.data / "chain", service.name)
    async with service.db.reading() as conn:
        proof = await chain.prove(conn, heads)
    broken = proof.fault.block if proof.fault else None
    return {"service": service.name, "broken": broken, **asdict(proof.head)}


@router.get("/internal/access-log", dependencies=[Depends(peers_only)])
async def who_read(
    service: Svc,
    person: Annotated[list[str], Query(min_length=1)],
    since: datetime | None = None,
    until: datetime | None = None,
    limit: Annotated[int, Query(ge=0, le=5000)] = 200,
) -> dict[str, Any]:
    """The accesses to a person's data (under each id the person has had) that this service logged: the newest rows
    of a span of time, and all of it counted."""
    span = access.Span(person, since or access.BEGINNING, until or access.END)
    async with service.db.reading() as conn:
        rows = await access.who_read(conn, span, limit)
        return {"rows": rows, "counted": await access.counted(conn, span, service.clock.zone.key)}


@router.post("/internal/parked/{source}/{person_id}", dependencies=[Depends(peers_only)])
async def release(service: Svc, source: str, person_id: str) -> dict[str, int]:
    """Apply a parked person's waiting events and let them flow again."""
    for follower in service.followers:
        if follower.source == source:
            return {"applied": await follower.release(person_id)}
    return {"applied": 0}
