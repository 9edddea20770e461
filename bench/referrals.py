"""`python -m bench.referrals`: referrals through the gateway with a token.

Sending, and steps (accept, arrive, treat, close), beside creates of the bare route in turns on one PostgreSQL; then, with
a year of 250,000 referrals and 10,000 open ones of one hospital, pages of its inbox and the figures: milliseconds at the
median and the 95th of a hundred. On a shared machine only the ratios and the processor time mean something. Everything
stays on 127.0.0.1 and ends by itself.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import uvloop

from bench.load import request
from bench.product import Product, Turn, pin, quiet, turn
from bench.scenarios import BASE, LEAN, World, bare_route, observation, prepare

HOSPITAL = "R1410010401"
STEPS = (("accept", {}), ("arrive", {}), ("treat", {}), ("close", {"outcome": "admitted"}))
JSON = "application/json"
REFERRAL = {
    "to_facility": HOSPITAL, "urgency": "urgent", "kind": "vertical", "diagnosis": "O14.1", "consent": True,
    "reason": "Tekanan darah 160/110 pada kehamilan 34 minggu, protein urin +2",
    "criterion": {"kind": "therapy"},
    "sbar": {
        "situation": "Hamil 34 minggu, tekanan darah 160/110 dua kali ukur, nyeri kepala",
        "background": "G2P1A0, tekanan darah trimester pertama 110/70", "assessment": "Preeklampsia berat",
        "recommendation": "Terapi dan terminasi bila perlu",
    },
    "vitals": {"systolic": 160, "diastolic": 110, "pulse": 92, "respiration": 20, "temperature": 36.8},
    "therapy": "MgSO4 4 g bolus, nifedipin 10 mg",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """Where to ask, what, and how."""

    port: int
    pids: list[int]
    next_requests: Callable[[int], list[bytes]]


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="bench.referrals")
    parser.add_argument("--seconds", type=float, default=0.6)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--many", type=int, default=6000, help="referrals on which steps are taken")
    parser.add_argument("--year", type=int, default=250_000, help="referrals of a year, ended")
    parser.add_argument("--only", choices=["steps", "boxes", "figures"])
    uvloop.run(_bench(parser.parse_args()))


async def _bench(how: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="simpul-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with Product(Path(folder), split=False) as product:
            await product.ready()
            async with httpx.AsyncClient(base_url=product.base, timeout=300) as http:
                world = await prepare(http, product.credentials(), 300)
                hospital = await _hospital(http, world.admin)
            conn = await asyncpg.connect(product.databases()["referrals"])
            await asyncio.sleep(3)  # looking for same persons begins a moment after they came
            print(f"quiet after {await quiet(product, 120):.0f} s", flush=True)
            if how.only in (None, "steps"):
                async with bare_route(product, world) as bare_side:
                    _pin(product)
                    await _writes(product, world, hospital, bare_side, conn, how)
            if how.only != "steps":
                await fill(conn, how.year)
                _pin(product)
                await _reads(product, world, hospital, conn, how)
            await conn.close()


def _pin(product: Product) -> None:
    pin(os.getpid(), load=True)
    product.pin()


async def _hospital(http: httpx.AsyncClient, admin: str) -> str:
    """A token of an application of the hospital's."""
    head = {"authorization": f"Bearer {admin}"}
    body = {"facility": HOSPITAL, "face": "fhir", "name": "Bench"}
    made = (await http.post("/v1/clients", json=body, headers=head)).json()
    form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
    return str((await http.post("/oauth2/v1/token", data=form)).json()["access_token"])


class Supply:
    """Requests that are asked once each; a turn takes what it can."""

    def __init__(self, requests: list[bytes]) -> None:
        self.requests, self.at = requests, 0

    def __call__(self, used: int) -> list[bytes]:
        self.at += used
        return self.requests[self.at :]


HEAD = f"{'what':28} | {'ours/s':>6} {'p50 ms':>6} {'p95':>5} {'cpu µs':>6} {'pg µs':>5} | {'bare/s':>6} {'cpu':>4} {'pg':>4} | {'of bare':>7} {'of lean':>7} wrong"


async def _writes(
    product: Product, world: World, hospital: str, bare_side: tuple[int, int], conn: Any, how: argparse.Namespace
) -> None:  # fmt: skip
    creates = [orjson.dumps(observation(p["id"], n)) for n, p in enumerate(world.patients)]
    others = {
        name: Side(
            bare_side[0],
            [bare_side[1]],
            lambda _, base=base: [request("POST", base + "/Observation", world.token, c) for c in creates],
        )  # type: ignore[misc]
        for name, base in (("bare", BASE), ("lean", LEAN))
    }
    print(HEAD)
    people = [p["id"] for p in world.patients]
    bodies = [orjson.dumps(REFERRAL | {"person_id": p}) for p in people]
    sends = Supply([request("POST", "/v1/referrals", world.token, b, JSON) for b in bodies])
    await _compare("send", Side(product.port, product.pids(), sends), others, product, how)
    await conn.execute(_SENT, people, how.many, _content())
    await conn.execute("ANALYZE referral")
    ids = await _in_state(conn, "sent")
    for verb, told in STEPS:
        asked = [request("POST", f"/v1/referrals/{i}/{verb}", hospital, orjson.dumps(told), JSON) for i in ids]
        some = Supply(asked)
        await _compare(verb, Side(product.port, product.pids(), some), others, product, how)
        ids = await _in_state(conn, _AFTER[verb])


_SENT = """
INSERT INTO referral (id, version, person_id, from_facility, to_facility, urgency, kind, state, owner, owner_facility,
                      asked, opened_at, changed_at, due_at, ring_at, sent_at, diagnosis, content, doubled)
SELECT gen_random_uuid()::text, 1, ($1::text[])[1 + n % cardinality($1::text[])], 'P1410010101', 'R1410010401', 'urgent', 'vertical',
       'sent', 'receiver', 'R1410010401', ARRAY['R1410010401'], now(), now(), now() + interval '9 days',
       now() + interval '9 days', now(), 'O14.1', $3::jsonb, true
FROM generate_series(1, $2::int) n
"""
"""Sent ones beside each other, as after a merge: people are few."""


def _content() -> str:
    return orjson.dumps({k: v for k, v in REFERRAL.items() if k not in _COLUMNS}).decode()


_COLUMNS = ("to_facility", "urgency", "kind", "diagnosis")


async def _in_state(conn: Any, state: str) -> list[str]:
    return [
        r["id"]
        for r in await conn.fetch(
            "SELECT id FROM referral WHERE state = $1 AND to_facility = $2 ORDER BY opened_at", state, HOSPITAL
        )
    ]


_AFTER = {"accept": "accepted", "arrive": "arrived", "treat": "in-care", "close": "closed"}


async def _compare(
    what: str, ours: Side, others: dict[str, Side], product: Product, how: argparse.Namespace
) -> None:  # fmt: skip
    """Short turns, one side after the other, so that a burst of the machine hits all."""
    sides, cluster = {"ours": ours, **others}, product.cluster()
    turns: dict[str, list[Turn]] = {name: [] for name in sides}
    used = dict.fromkeys(sides, 0)
    for _ in range(how.rounds):
        asked = {name: side.next_requests(used[name]) for name, side in sides.items()}
        if len(asked["ours"]) < how.connections * 20:
            break  # not enough left for a turn
        for name, side in sides.items():
            done = await turn(
                side.port, side.pids, cluster, asked[name], how.connections, how.seconds, once=name == "ours"
            )
            turns[name].append(done)
            used[name] = done.count
    middle = statistics.median
    o, b = (
        {f: middle(getattr(t, f) for t in turns[n]) for f in ("rate", "p50", "p95", "cpu", "database")}
        for n in ("ours", "bare")
    )
    ratio = {n: middle(a.rate / t.rate for a, t in zip(turns["ours"], turns[n], strict=True)) for n in others}
    print(
        f"{what:28} | {o['rate']:6.0f} {o['p50']:6.2f} {o['p95']:5.1f} {o['cpu']:6.0f} {o['database']:5.0f} |"
        f" {b['rate']:6.0f} {b['cpu']:4.0f} {b['database']:4.0f} | {ratio['bare']:7.2f} {ratio['lean']:7.2f}"
        f" {sum(t.wrong for t in turns['ours']):5}",
        flush=True,
    )


_MANY = """
INSERT INTO referral (id, version, person_id, from_facility, to_facility, urgency, kind, state, owner, owner_facility,
                      asked, opened_at, changed_at, due_at, ring_at, sent_at, answered_at, arrived_at, closed_at, outcome,
                      advice, diagnosis, non_specialist, content, summary)
SELECT gen_random_uuid()::text, 5, gen_random_uuid()::text, sender, there,
       (ARRAY['routine', 'routine', 'urgent', 'emergency'])[1 + n % 4], 'vertical',
       CASE WHEN $3 THEN (ARRAY['sent', 'accepted', 'departed', 'arrived', 'in-care'])[1 + n % 5] ELSE 'closed' END,
       'receiver', there, ARRAY[there], at, at, CASE WHEN $3 THEN at + interval '1 day' END,
       CASE WHEN $3 THEN now() + interval '9 days' END, at, at + random() * interval '90 minutes',
       CASE WHEN n % 20 > 0 THEN at + interval '3 hours' END, CASE WHEN NOT $3 THEN at + interval '2 days' END,
       CASE WHEN NOT $3 THEN (ARRAY['back-referred', 'admitted', 'discharged', 'no-show'])[1 + n % 4] END,
       CASE WHEN NOT $3 AND n % 4 = 0 THEN 'Kontrol mingguan' END, chr(65 + n % 24) || (10 + n % 89) || '.' || n % 9,
       n % 9 = 0, $1::jsonb, $2::jsonb
FROM (SELECT n, CASE WHEN $3 THEN now() - n * interval '40 seconds' ELSE now() - n * (interval '365 days' / $4) END AS at,
             'P14100' || (10101 + n % 120) AS sender,
             CASE WHEN $3 OR n % 8 = 0 THEN 'R1410010401' ELSE 'R14100' || (20000 + n % 8) END AS there
      FROM generate_series(1, $4::int) n) rows
"""
_LEGS = """
INSERT INTO leg (referral_id, leg, facility, asked_at, until, answered_at, answer)
SELECT id, leg, CASE WHEN leg = 1 AND again THEN 'R1410099999' ELSE to_facility END, opened_at,
       opened_at + interval '1 hour', answered_at, CASE WHEN leg = 1 AND again THEN 'declined' ELSE 'accepted' END
FROM (SELECT id, to_facility, opened_at, answered_at, random() < 0.12 AS again FROM referral WHERE leg > 0) r,
     generate_series(1, CASE WHEN again THEN 2 ELSE 1 END) AS leg
ON CONFLICT DO NOTHING
"""
_FOLLOW_UPS = """
INSERT INTO follow_up (referral_id, facility, from_facility, cause, due, opened_at, opened_on, done_at, done_on, how)
SELECT id, from_facility, to_facility, 'back-referred', closed_at::date + 7, closed_at, closed_at::date, closed_at,
       closed_at::date + 5, 'told' FROM referral WHERE outcome = 'back-referred' ON CONFLICT DO NOTHING
"""


async def fill(conn: Any, year: int) -> None:
    """A year of ended referrals, and 10,000 open ones of the hospital, with content and summary of a usual size."""
    entries = [{"what": f"Pengukuran {n}", "code": "8480-6", "value": 120 + n, "at": "2026-11-01"} for n in range(20)]
    summary = orjson.dumps({"resume": entries})
    for is_open, many in ((True, 10_000), (False, year)):
        if many:
            await conn.execute(_MANY, _content(), summary.decode(), is_open, many)
    for statement in (_LEGS, _FOLLOW_UPS, "VACUUM ANALYZE referral", "VACUUM ANALYZE leg", "VACUUM ANALYZE follow_up"):
        await conn.execute(statement)
    print(f"{year:,} ended and 10,000 open referrals", flush=True)


async def _reads(product: Product, world: World, hospital: str, conn: Any, how: argparse.Namespace) -> None:
    async with httpx.AsyncClient(base_url=product.base, timeout=60) as http:
        marks = {t: await _deep(http, t, 40) for t in (hospital, world.admin)}
    month, whole = "", "&from=2000-01-01"
    asked: list[tuple[str, str, str]] = []
    if how.only in (None, "boxes"):
        asked += [
            ("inbox, first page of 50", hospital, "?box=inbox"),
            ("inbox, page 40", hospital, f"?box=inbox&after={marks[hospital]}"),
            ("inbox, accepted", hospital, "?box=inbox&state=accepted"),
            ("inbox, accepted, page 40", hospital, f"?box=inbox&state=accepted&after={marks[hospital]}"),
            ("inbox, ended", hospital, "?box=inbox&open=false"),
            ("district, first page", world.admin, "?box=inbox"),
            ("district, page 40", world.admin, f"?after={marks[world.admin]}"),
        ]
    if how.only in (None, "figures"):
        asked += [
            (f"figures {name} by {by}", world.admin, f"/figures?by={by}{days}")
            for name, days in (("30 days", month), ("year", whole)) for by in ("sender", "receiver", "diagnosis")
        ]  # fmt: skip
        asked += [
            ("figures year, own", hospital, f"/figures?counts=askings&by=sender{whole}"),
            ("list of declined, year", world.admin, f"?figure=declined{whole}"),
            ("list of overdue, year", world.admin, f"?figure=overdue{whole}"),
        ]
    print(f"{'milliseconds':32}{'conn':>5}{'p50':>8}{'p95':>8}{'cpu':>7}{'+ SQL':>7}")
    for title, token, path in asked:
        for connections in (1, 8):
            found = [
                await turn(
                    product.port, product.pids(), product.cluster(),
                    [request("GET", "/v1/referrals" + path, token)], connections, how.seconds * 2,
                )
                for _ in range(max(2, how.rounds // 2))
            ]  # fmt: skip
            p50, p95, cpu, sql = (
                statistics.median(getattr(t, f) for t in found) for f in ("p50", "p95", "cpu", "database")
            )
            wrong = sum(t.wrong for t in found)
            print(
                f"{title:32}{connections:5}{p50:8.1f}{p95:8.1f}{cpu / 1000:7.1f}{sql / 1000:7.1f}"
                + (f"  WRONG {wrong}" if wrong else ""), flush=True,
            )  # fmt: skip


async def _deep(http: httpx.AsyncClient, token: str, pages: int) -> str:
    """The mark of a page far down."""
    after = ""
    for _ in range(pages):
        params = {"limit": "50"} | ({"after": after} if after else {})
        after = (await http.get("/v1/referrals", params=params, headers={"authorization": f"Bearer {token}"})).json()[
            "next"
        ]
    return after


if __name__ == "__main__":
    main()
