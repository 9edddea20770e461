"""The bare route: what FastAPI and PostgreSQL cost when nothing of ours stands between.

One SQL statement per request, behind a cached token check: a write stores the resource with its search columns, its
version row (the body once more, as a server writes that keeps all history in one table), an event and an access-log
row; a read stores its access-log row. No validation, rules, search, sealing or gateway: the distance to it is what our
own code costs. Under `/lean` the same writes leave the version row out, as ours do (a first version has no history
yet); the table shows the distance to both.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from fastapi import Depends, FastAPI, Request, Response

from services.kernel.ids import new_id

TABLES = """
CREATE TABLE resource (type text, id text, person_id text, version int, receipt bigint GENERATED ALWAYS AS IDENTITY,
    client text, updated_at timestamptz DEFAULT now(), status text, date timestamptz, encounter_id text,
    codes text[], body text, PRIMARY KEY (type, id));
CREATE INDEX ON resource (person_id, type, date);
CREATE INDEX ON resource (encounter_id) WHERE encounter_id IS NOT NULL;
CREATE TABLE version (type text, id text, version int, updated_at timestamptz DEFAULT now(), body text,
    PRIMARY KEY (type, id, version));
CREATE TABLE identifier (value text, system text, type text, id text, PRIMARY KEY (value, system, type, id));
CREATE TABLE event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT now(), type text,
    kind text, subject text, version int, person_id text, data text);
CREATE TABLE access (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT now(), actor text,
    person_id text, action text, what text);
"""

_ONE = """
WITH r AS (INSERT INTO resource (type, id, person_id, version, client, status, date, encounter_id, codes, body)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, string_to_array($9, ','), $10)),
     {version}
     e AS (INSERT INTO event (type, kind, subject, version, person_id, data) VALUES ($1, 'created', $2, $4, $3, $11))
INSERT INTO access (actor, person_id, action, what) VALUES ($5, $3, 'write', $1)
"""
_ONE_VERSION = "v AS (INSERT INTO version (type, id, version, body) VALUES ($1, $2, $4, $10)),"
_MANY = """
WITH r AS (INSERT INTO resource (type, id, person_id, version, client, status, date, encounter_id, codes, body)
           SELECT type, id, person_id, version, client, status, date, encounter_id, string_to_array(codes, ','), body
           FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::timestamptz[],
                       $8::text[], $9::text[], $10::text[])
                i(type, id, person_id, version, client, status, date, encounter_id, codes, body)),
     {version}
     e AS (INSERT INTO event (type, kind, subject, version, person_id, data)
           SELECT type, 'created', id, version, person_id, data
           FROM unnest($1::text[], $2::text[], $4::int[], $3::text[], $11::text[])
                i(type, id, version, person_id, data))
INSERT INTO access (actor, person_id, action, what) VALUES (($5::text[])[1], ($3::text[])[1], 'write', 'Bundle')
"""
_MANY_VERSION = """v AS (INSERT INTO version (type, id, version, body)
           SELECT * FROM unnest($1::text[], $2::text[], $4::int[], $10::text[])),"""
ONE = {False: _ONE.format(version=_ONE_VERSION), True: _ONE.format(version="")}
MANY = {False: _MANY.format(version=_MANY_VERSION), True: _MANY.format(version="")}
"""By leanness."""

READ = """
WITH r AS (SELECT id, person_id, version, body FROM resource WHERE type = $1 AND id = $2),
     a AS (INSERT INTO access (actor, person_id, action, what) SELECT $3, person_id, 'read', $1 FROM r)
SELECT version, body FROM r
"""
FIND = """
WITH r AS (SELECT r.id, r.person_id, r.body FROM identifier i JOIN resource r ON r.type = i.type AND r.id = i.id
           WHERE i.type = $1 AND i.system = $2 AND i.value = $4),
     a AS (INSERT INTO access (actor, person_id, action, what) SELECT $3, person_id, 'search', $1 FROM r)
SELECT id, body FROM r
"""
EVERYTHING = """
WITH a AS (INSERT INTO access (actor, person_id, action, what) VALUES ($2, $1, 'read', '$everything'))
SELECT string_agg('{"fullUrl":"' || type || '/' || id || '","resource":' || body || '}', ',' ORDER BY receipt)
FROM resource WHERE person_id = $1
"""

_tokens: dict[str, str] = {}
app = FastAPI()


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(
        os.environ["BARE_DATABASE_URL"], min_size=8, max_size=10, reset=_no_reset
    )
    yield


async def _no_reset(_: object) -> None:
    return None


app.router.lifespan_context = _lifespan


async def actor(request: Request) -> str:
    token = request.headers["authorization"]
    return _tokens.setdefault(token, "bench")


def _date(entry: dict[str, Any]) -> datetime | None:
    text = entry.get("effectiveDateTime") or entry.get("period", {}).get("start")
    return datetime.fromisoformat(text) if text else None


def _person(entry: dict[str, Any], id_: str) -> str:
    return str(entry["subject"]["reference"][8:]) if "subject" in entry else id_


async def _store_one(entry: dict[str, Any], who: str, lean: bool) -> str:
    id_ = new_id()
    body = orjson.dumps({**entry, "id": id_}).decode()
    async with app.state.pool.acquire() as conn:
        await conn.execute(
            ONE[lean], entry["resourceType"], id_, _person(entry, id_), 1, who, entry.get("status"), _date(entry),
            None, "http://loinc.org|8480-6", body, body,
        )  # fmt: skip
    return body


async def _store_many(entries: list[dict[str, Any]], who: str, lean: bool) -> list[str]:
    ids = [new_id() for _ in entries]
    bodies = [orjson.dumps({**e, "id": i}).decode() for e, i in zip(entries, ids, strict=True)]
    n = len(entries)
    async with app.state.pool.acquire() as conn:
        await conn.execute(
            MANY[lean], [e["resourceType"] for e in entries], ids, [_person(entries[0], ids[0])] * n, [1] * n,
            [who] * n, [e.get("status") for e in entries], [_date(e) for e in entries], [ids[0]] * n,
            ["http://loinc.org|8480-6"] * n, bodies, bodies,
        )  # fmt: skip
    return ids


async def _create(request: Request, who: str, lean: bool) -> Response:
    body = await _store_one(orjson.loads(await request.body()), who, lean)
    return Response(body, 201, media_type="application/fhir+json")


@app.post("/fhir-r4/v1/{type}")
async def create(request: Request, type: str, who: str = Depends(actor)) -> Response:  # noqa: A002
    return await _create(request, who, lean=False)


@app.post("/lean/v1/{type}")
async def lean_create(request: Request, type: str, who: str = Depends(actor)) -> Response:  # noqa: A002
    return await _create(request, who, lean=True)


async def _bundle(request: Request, who: str, lean: bool) -> Response:
    body = orjson.loads(await request.body())
    ids = await _store_many([e["resource"] for e in body["entry"]], who, lean)
    base, now = str(request.base_url), datetime.now(UTC).isoformat()
    answers = [
        {
            "response": {
                "status": "201 Created",
                "etag": 'W/"1"',
                "lastModified": now,
                "location": f"{base}{i}/_history/1",
            }
        }
        for i in ids
    ]
    whole = {"resourceType": "Bundle", "type": "transaction-response", "entry": answers}
    return Response(orjson.dumps(whole), 200, media_type="application/fhir+json")


@app.post("/fhir-r4/v1")
async def bundle(request: Request, who: str = Depends(actor)) -> Response:
    return await _bundle(request, who, lean=False)


@app.post("/lean/v1")
async def lean_bundle(request: Request, who: str = Depends(actor)) -> Response:
    return await _bundle(request, who, lean=True)


@app.get("/fhir-r4/v1/Patient/{id}/$everything")
async def everything(id: str, who: str = Depends(actor)) -> Response:  # noqa: A002
    async with app.state.pool.acquire() as conn:
        joined = await conn.fetchval(EVERYTHING, id, who)
    return Response(f'{{"resourceType":"Bundle","entry":[{joined}]}}', media_type="application/fhir+json")


@app.get("/fhir-r4/v1/{type}/{id}")
async def read(type: str, id: str, who: str = Depends(actor)) -> Response:  # noqa: A002
    async with app.state.pool.acquire() as conn:
        row = await conn.fetchrow(READ, type, id, who)
    return Response(row["body"], media_type="application/fhir+json", headers={"ETag": f'W/"{row["version"]}"'})


@app.get("/fhir-r4/v1/{type}")
async def find(type: str, identifier: str, who: str = Depends(actor)) -> Response:  # noqa: A002
    system, _, value = identifier.rpartition("|")
    async with app.state.pool.acquire() as conn:
        rows = await conn.fetch(FIND, type, system, who, value)
    found = ",".join(f'{{"resource":{r["body"]}}}' for r in rows)
    return Response(
        f'{{"resourceType":"Bundle","total":{len(rows)},"entry":[{found}]}}', media_type="application/fhir+json"
    )
