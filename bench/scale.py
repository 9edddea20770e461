"""`python -m bench.scale`: does the cost of a create and of a search stay flat from 20,000 to 1,000,000 resources?

Loads by bulk import, stops at each size, waits until the followers have caught up, and prints rate, p50 and CPU of a
create and of each search; then the first $everything page of a person with 5,000 resources. Ends by itself: what is
not loaded when the time is up is left out, and said so.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import orjson
import uvloop

from bench.load import request
from bench.product import Product, Turn, caught_up, pin, quiet, turn
from bench.scenarios import BASE, NDJSON, NIK, observation, patient, prepare

EACH = 10
"""Resources of a person: the Patient and nine Observations."""
KNOWN = 500
"""Persons that are asked for, registered first."""


class Bulk:
    """Persons as NDJSON, made while they are sent; every one new."""

    def __init__(self) -> None:
        self.persons = 0
        self._model = orjson.dumps(observation("-patient-", 1) | {"id": "-id-"})

    async def lines(self, resources: int) -> AsyncIterator[bytes]:
        """About so many resources, a few hundred at a time."""
        for _ in range(0, resources // EACH, 50):
            people = [self._person() for _ in range(50)]
            yield b"\n".join(line for p in people for line in p) + b"\n"
            await asyncio.sleep(0)

    def _person(self) -> list[bytes]:
        self.persons += 1
        body = patient(self.persons)
        id_, area = str(body["id"]).encode(), 140000 + self.persons // 10000
        body["identifier"][0]["value"] = f"{area:06d}410180{self.persons % 10000:04d}"
        model = self._model.replace(b"-patient-", id_)
        own = [model.replace(b"-id-", str(uuid.uuid4()).encode()) for _ in range(EACH - 1)]
        return [orjson.dumps(body), *own]


def questions(token: str, patients: list[dict[str, object]], numbers: list[str]) -> dict[str, list[bytes]]:
    """What is asked at each size."""
    ids = [str(p["id"]) for p in patients]

    def get(path: str, values: list[str]) -> list[bytes]:
        return [request("GET", BASE + path.format(v), token) for v in values]

    return {
        "create": [
            request("POST", f"{BASE}/Observation", token, orjson.dumps(observation(i, n))) for n, i in enumerate(ids)
        ],
        "read": get("/Patient/{}", ids),
        "identifier": get("/Patient?identifier=" + NIK + "%7C{}", numbers),
        "patient+code": get("/Observation?patient={}&code=http://loinc.org%7C8480-6&_count=5", ids),
        "patient+date": get("/Observation?patient={}&date=ge2026-01-01&_count=5", ids),
    }


async def main_async(chosen: argparse.Namespace) -> None:
    """Load, stop, measure, load on."""
    begin = time.monotonic()
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="simpul-scale-", ignore_cleanup_errors=True))
        )
        folder.chmod(0o755)
        product = stack.enter_context(Product(folder, split=False))
        await product.ready()
        async with httpx.AsyncClient(base_url=product.base, timeout=900) as http:
            world = await prepare(http, product.credentials(), 200)
            asked = questions(
                world.token, world.patients[1:KNOWN], [p["identifier"][0]["value"] for p in world.patients[1:KNOWN]]
            )
            pin(os.getpid(), load=True)
            product.pin()
            bulk, held = Bulk(), 0
            for size in chosen.sizes:
                left = chosen.seconds - (time.monotonic() - begin)
                if left < 30:
                    print(f"{size:>9,}: no time left; {held:,} were loaded", flush=True)
                    break
                held = await _grow(http, world.token, bulk, held, size, begin + chosen.seconds - 30)
                behind = await caught_up(product)
                rest = await quiet(product)
                print(f"{held:>9,} resources (numbers {behind:.1f} s behind, quiet after {rest:.0f} s)", flush=True)
                for name, requests in asked.items():
                    print(f"    {name:13} {await _measured(product, requests, chosen.turns)}", flush=True)
                    await quiet(product)
            await _everything(http, product, world.token, chosen.turns)


async def _grow(http: httpx.AsyncClient, token: str, bulk: Bulk, held: int, size: int, until: float) -> int:
    """Import until the record holds `size`, in files of 20,000; prints the rate."""
    head, begin, before = {"content-type": NDJSON, "authorization": f"Bearer {token}"}, time.monotonic(), held
    while held < size and time.monotonic() < until:
        answer = await http.post("/v1/imports", content=bulk.lines(min(20_000, size - held)), headers=head)
        answer.raise_for_status()
        assert answer.json()["refused"] == 0, answer.text[:500]
        held += answer.json()["stored"]
        print(f"\r  … {held:,} of {size:,}", end="", flush=True)
    print(
        f"\r  loaded {held - before:,} at {(held - before) / (time.monotonic() - begin):,.0f} resources/s", flush=True
    )
    return held


async def _measured(product: Product, requests: list[bytes], turns: int) -> str:
    seen = [await turn(product.port, product.pids(), product.cluster(), requests, 8, 0.7) for _ in range(turns + 1)][1:]

    def middle(field: str) -> float:
        return float(statistics.median(getattr(t, field) for t in seen))

    wrong = sum(t.wrong for t in seen)
    return (
        f"{middle('rate'):>6.0f}/s  p50 {middle('p50'):>5.2f} ms  CPU {middle('cpu'):>4.0f} µs server"
        f" + {middle('database'):>4.0f} µs PostgreSQL" + (f"  {wrong} wrong" if wrong else "")
    )


async def _everything(http: httpx.AsyncClient, product: Product, token: str, turns: int) -> None:
    """One person with 5,000 resources: the first page of $everything, asked by one and by eight at once."""
    person = patient(9999)
    person["identifier"][0]["value"] = "1499990101809999"
    rows = [person, *(observation(person["id"], n) | {"id": str(uuid.uuid4())} for n in range(4999))]
    answer = await http.post(
        "/v1/imports", content=b"\n".join(map(orjson.dumps, rows)),
        headers={"content-type": NDJSON, "authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.json()["stored"] == 5000, answer.text[:500]
    asked = [request("GET", f"{BASE}/Patient/{person['id']}/$everything", token)]
    for connections in (1, 8):
        seen: list[Turn] = [
            await turn(product.port, product.pids(), product.cluster(), asked, connections, 1.5) for _ in range(turns)
        ]
        p50, p99 = statistics.median(t.p50 for t in seen), statistics.median(t.p99 for t in seen)
        print(
            f"$everything of 5,000, first page, {connections} at once: p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True
        )


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="bench.scale")
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 200_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=540, help="the whole run; loading stops before")
    parser.add_argument("--turns", type=int, default=4)
    uvloop.run(main_async(parser.parse_args()))


if __name__ == "__main__":
    main()
