"""`make bench`: the product through its gateway with a token, beside the bare route, in turns, on one PostgreSQL.

Prints each figure as the ratio product ÷ bare (medians of the rounds). Server processes are pinned to one core and the
load to another where the machine allows. Everything stays on 127.0.0.1 and ends by itself.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import uvloop

from bench.product import Product, Turn, caught_up, pin, turn
from bench.scenarios import NDJSON, Scenario, World, bare_route, prepare


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--seconds", type=float, default=0.6)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--only", help="e.g. ab")
    parser.add_argument("--split", action="store_true", help="the product as one process per service")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    uvloop.run(_bench(chosen))


async def _bench(chosen: argparse.Namespace) -> None:
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="simpul-bench-", ignore_cleanup_errors=True))
        )
        folder.chmod(0o755)
        product = stack.enter_context(Product(folder, chosen.split))
        await product.ready()
        print(f"memory at rest, all Python processes: {product.memory():.0f} MB", flush=True)
        async with httpx.AsyncClient(base_url=product.base, timeout=300) as http:
            world = await prepare(http, product.credentials(), chosen.people)
        async with bare_route(product, world) as bare_side:
            pin(os.getpid(), load=True)
            product.pin()
            print("  " + HEAD)
            rows = [
                row
                for s in world.scenarios if not chosen.only or s.letter in chosen.only
                for row in await _compare(s, product, bare_side, chosen)
            ]  # fmt: skip
        if not chosen.only or set("fg") & set(chosen.only):
            rows += await _lag_and_bulk(product, world)
        if chosen.json:
            chosen.json.write_text(json.dumps(rows, indent=1))


async def _compare(
    scenario: Scenario, product: Product, bare_side: tuple[int, int], chosen: argparse.Namespace
) -> list[dict[str, Any]]:
    """Short turns, one side after the other, so that a burst of the machine hits all."""
    ours, cluster, (port, pid) = (product.port, product.pids()), product.cluster(), bare_side
    sides = {
        "ours": (*ours, scenario.ours),
        "bare": (port, [pid], scenario.bare),
        "lean": (port, [pid], scenario.lean),
        "reads": (*ours, scenario.reads),
    }
    rows = []
    for connections in chosen.connections:
        turns: dict[str, list[Turn]] = {name: [] for name, (_, _, asked) in sides.items() if asked}
        for _ in range(chosen.rounds):
            for name in turns:
                at, pids, asked = sides[name]
                turns[name].append(await turn(at, pids, cluster, asked or [], connections, chosen.seconds))
        rows.append({"what": f"({scenario.letter}) {scenario.title}", "connections": connections, **_figures(turns)})
        print("  " + _line(rows[-1]), flush=True)
    return rows


def _figures(turns: dict[str, list[Turn]]) -> dict[str, Any]:
    """Medians over the turns; a ratio is the median of the ratios turn by turn."""
    middle, ours = statistics.median, turns["ours"]
    found: dict[str, Any] = {
        name: {field: middle(getattr(t, field) for t in side) for field in ("rate", "p50", "p99", "cpu", "database")}
        for name, side in turns.items()
    }
    for name in turns.keys() - {"ours"}:
        found[name]["ratio"] = middle(o.rate / t.rate for o, t in zip(ours, turns[name], strict=True))
    return found | {"wrong": sum(t.wrong for side in turns.values() for t in side)}


HEAD = (
    f"{'what':29} {'conn':>4} | {'ours/s':>6} {'p50 ms':>6} {'p99':>5} {'cpu µs':>6} {'pg µs':>5} |"
    f" {'bare/s':>6} {'p50':>5} {'cpu':>4} {'pg':>4} | {'of bare':>7} {'of lean':>7} {'of reads':>8} wrong"
)


def _line(r: dict[str, Any]) -> str:
    o, b = r["ours"], r.get("bare")
    bare = f"{b['rate']:>6.0f} {b['p50']:>5.2f} {b['cpu']:>4.0f} {b['database']:>4.0f}" if b else " " * 22
    ratios = [
        f"{r[name]['ratio']:>{w}.2f}" if name in r else " " * w for name, w in (("bare", 7), ("lean", 7), ("reads", 8))
    ]
    return (
        f"{r['what']:29} {r['connections']:>4} | {o['rate']:>6.0f} {o['p50']:>6.2f} {o['p99']:>5.1f} {o['cpu']:>6.0f}"
        f" {o['database']:>5.0f} | {bare} | {' '.join(ratios)} {r['wrong']:>5}"
    )


async def _lag_and_bulk(product: Product, world: World) -> list[dict[str, Any]]:
    """(f) from the answer of a visit to the moved tally, (g) resources per second of a bulk import."""
    async with httpx.AsyncClient(base_url=product.base, timeout=600) as http:
        await caught_up(product)
        lags = sorted([await world.lag(http) for _ in range(40)])
        p50, p95 = lags[len(lags) // 2], lags[len(lags) * 95 // 100]
        print(f"(f) lag from 201 to tally: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
        await caught_up(product)
        begin = time.perf_counter()
        answer = await http.post(
            "/v1/imports",
            content=world.ndjson,
            headers={"content-type": NDJSON, "authorization": f"Bearer {world.token}"},
        )
        spent, report = time.perf_counter() - begin, answer.json()
        rate = report["stored"] / spent
        counted = await caught_up(product)
        print(
            f"(g) NDJSON bulk: {report['stored']} resources in {spent:.2f} s = {rate:.0f}/s, refused {report['refused']};"
            f" counted {counted:.1f} s later"
        )
    return [{"what": "(f) lag", "p50": p50, "p95": p95}, {"what": "(g) bulk", "rate": rate}]


if __name__ == "__main__":
    main()
