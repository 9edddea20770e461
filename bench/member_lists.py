"""`python -m bench.member_lists [--rows 50000]`: a month's member list as CSV, the next month's as XLSX, and their difference.

Through the gateway of a house of its own; the bare route beside it reads the same CSV and copies its rows into a plain
table of the same server. While a list is applied, the service's front door is asked every few milliseconds: the longest it takes to
answer is what others feel of it. Everything stays on 127.0.0.1 and ends by itself.
"""

import argparse
import asyncio
import csv
import io
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import xlsxwriter

from bench.product import Product
from deploy.demo import seed

HEADING = ("No Kartu", "NIK", "Kode Faskes", "Jenis Peserta", "Kelas", "Status", "Prolanis", "Kode Desa")
FACILITIES = ("9914P001", "9914P002", "9914P003", "9914B011")
MOVED, STOPPED, GONE = 97, 41, 203
"""Every so many: at another facility, not active, left out; the second month only."""


def rows(count: int, second: bool) -> Iterator[Sequence[str]]:
    """The members of a month."""
    for n in range(count):
        if second and n % GONE == 0:
            continue
        at = FACILITIES[(n + (second and n % MOVED == 0)) % len(FACILITIES)]
        status = "TIDAK AKTIF" if second and n % STOPPED == 0 else "AKTIF"
        yield f"000{n:010d}", "", at, "21", "3", status, "", "1410011001"


def as_csv(lines: Iterator[Sequence[str]]) -> bytes:
    """The list as BPJS' branch office exports it."""
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([HEADING, *lines])
    return out.getvalue().encode()


def as_xlsx(lines: Iterator[Sequence[str]]) -> bytes:
    """The same as a workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for n, line in enumerate([HEADING, *lines]):
            sheet.write_row(n, 0, line)
    return out.getvalue()


async def bare(url: str, body: bytes) -> float:
    """Seconds to read the CSV and copy its rows into a plain table."""
    conn = await asyncpg.connect(url)
    try:
        columns = ", ".join(f"c{n} text" for n in range(len(HEADING)))
        await conn.execute(f"CREATE TABLE bench_bare ({columns})")
        began = time.perf_counter()
        lines = list(csv.reader(io.StringIO(body.decode()), delimiter=";"))[1:]
        await conn.copy_records_to_table("bench_bare", records=map(tuple, lines))
        return time.perf_counter() - began
    finally:
        await conn.execute("DROP TABLE IF EXISTS bench_bare")
        await conn.close()


async def loaded(http: httpx.AsyncClient, month: str, body: bytes, media: str) -> tuple[float, float, float, Any]:
    """Seconds until the upload is answered and until the list is applied, the longest a neighbour waited, the list."""
    waits, going = [0.0], True

    async def neighbour() -> None:
        while going:
            began = time.perf_counter()
            await http.get("/v1/jkn/lines", params={"limit": 1})
            waits.append(time.perf_counter() - began)
            await asyncio.sleep(0.005)

    beside = asyncio.create_task(neighbour())
    asked = {"kind": "members", "sender": "bench", "month": month, "confirm": "true"}
    began = time.perf_counter()
    answer = await http.post("/v1/jkn/lists", params=asked, content=body, headers={"Content-Type": media})
    assert answer.is_success, answer.text
    told, answered = answer.json(), time.perf_counter() - began
    while told["state"] not in ("loaded", "failed"):
        await asyncio.sleep(0.1)
        told = (await http.get(f"/v1/jkn/lists/{told['id']}")).json()
    took = time.perf_counter() - began
    going = False
    await beside
    assert told["state"] == "loaded", told
    return answered, took, max(waits), told


async def main(count: int, folder: Path) -> None:
    """Print the figures."""
    with Product(folder, split=False) as product:
        await product.ready()
        async with httpx.AsyncClient(base_url=product.base, timeout=600, trust_env=False) as http:
            await seed.sign_in(http, product.credentials())
            await seed.load_network(http, lambda _: None)
            first = as_csv(rows(count, False))
            plain = await bare(product.databases()["coverage"], first)
            print(f"bare: {count:,} rows read and copied in {plain:.1f} s")
            for month, body, media in (
                ("2026-10", first, "text/csv"),
                (
                    "2026-11", as_xlsx(rows(count, True)),
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                ),
            ):  # fmt: skip
                answered, took, wait, told = await loaded(http, month, body, media)
                kind = media.rsplit(".", 1)[-1].rsplit("/", 1)[-1]
                print(f"{kind}: {told['loaded']:,} rows, {len(body) / 1e6:.1f} MB: answered after {answered:.1f} s, applied "
                      f"after {took:.1f} s ({took / plain:.0f} × bare); a neighbour waited {wait * 1000:.0f} ms at most")  # fmt: skip
            asked = {"month": "2026-11", "sender": "bench"}
            for path, more in (("difference", {}), ("difference/rows", {"change": "status", "limit": "200"})):
                began = time.perf_counter()
                answer = await http.get(f"/v1/jkn/lists/{path}", params=asked | more)
                took = time.perf_counter() - began
                assert answer.is_success, answer.text
                print(f"{path}: {took * 1000:.0f} ms  {answer.text[:160] if path == 'difference' else ''}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        asyncio.run(main(parser.parse_args().rows, Path(name)))
