"""What the BPJS connector adds to a call, beside the wire, and how long a large sealed list holds up the event loop.

    python -m bench.jkn [--calls 400]

Both ends of the wire are the same tiny server on loopback: once asked bare (httpx, nothing signed, nothing opened),
once by the PCare client (signed, sealed, opened, read). The difference is the connector's; judged by CPU, which does not
depend on who else uses the machine. A list of 500 rows is then opened over and over while a task on the same loop measures how late it wakes.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import orjson

from services.coverage.bpjs.listing import Listed
from services.coverage.bpjs.login import Login
from services.coverage.bpjs.outcomes import Member
from services.coverage.bpjs.pcare import PCare
from services.coverage.bpjs.wire import Patience, Wire

LOGIN = Login("12345", "bench", "bench", "bench", "bench")
NOW, NIK = 1_700_000_000, "1410014107900001"
ROWS = 500
LIMIT_MS = 3.0
MEMBER = {
    "noKartu": "0001112223334", "nama": "CONTOH PESERTA", "hubunganKeluarga": "Peserta", "sex": "P",
    "tglLahir": "25-10-1979", "tglMulaiAktif": "12-11-2014", "tglAkhirBerlaku": "01-01-2050",
    "kdProviderPst": {"kdProvider": "0101U001", "nmProvider": "PUSKESMAS CONTOH"},
    "kdProviderGigi": {"kdProvider": None, "nmProvider": None}, "jnsKelas": {"nama": "KELAS III", "kode": "3"},
    "jnsPeserta": {"nama": "PBI (APBD)", "kode": "22"}, "golDarah": "0", "noHP": "", "noKTP": NIK, "pstProl": "HT",
    "pstPrb": "", "aktif": True, "ketAktif": "AKTIF", "tunggakan": 0,
    "asuransi": {"kdAsuransi": None, "nmAsuransi": None, "noAsuransi": None, "cob": False},
}  # fmt: skip


def envelope(response: object) -> bytes:
    """An answer sealed for `NOW`."""
    sealed = LOGIN.key(str(NOW)).seal(orjson.dumps(response).decode())
    body = orjson.dumps({"response": sealed, "metaData": {"message": "OK", "code": 200}})
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """The far end: one member and one long list, sealed beforehand."""
    rows = [{"kdDiag": f"A{n:03d}", "nmDiag": f"Penyakit nomor {n * 7919 % 1000}, lain-lain", "nonSpesialis": n % 3 == 0}
            for n in range(ROWS)]  # fmt: skip
    member, many = envelope(MEMBER), envelope({"count": ROWS, "list": rows})

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(many if b"/diagnosa/" in head.split(b"\r\n", 1)[0] else member)
        except (asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def timed(call: Callable[[], Awaitable[object]], times: int) -> tuple[float, float]:
    """Median milliseconds of a call, and milliseconds of CPU for each."""
    for _ in range(20):
        await call()
    took, cpu = [], time.process_time()
    for _ in range(times):
        started = time.perf_counter()
        await call()
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000, (time.process_time() - cpu) / times * 1000


async def stalls(work: Callable[[], Awaitable[object]], times: int) -> tuple[float, list[float]]:
    """Milliseconds each `work` takes, and how late a task that wants to wake every millisecond wakes meanwhile."""
    late: list[float] = []

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append((time.perf_counter() - before - 0.001) * 1000)

    watching = asyncio.create_task(watch())
    started = time.perf_counter()
    for _ in range(times):
        await work()
    took = (time.perf_counter() - started) / times * 1000
    watching.cancel()
    return took, sorted(late)


async def main(calls: int) -> int:
    """Print the figures; 1 when the connector adds more than it may."""
    async with serving() as address, httpx.AsyncClient(trust_env=False) as http:
        pcare = PCare(Wire(http, f"{address}/pcare-rest", Patience(), now=lambda: NOW), LOGIN)
        assert isinstance(await pcare.member_by_nik(NIK), Member)
        added = []
        for _ in range(3):
            bare, bare_cpu = await timed(lambda: http.get(f"{address}/pcare-rest/peserta/nik/{NIK}"), calls)
            ours, ours_cpu = await timed(lambda: pcare.member_by_nik(NIK), calls)
            added.append(ours_cpu - bare_cpu)
            print(f"bare {bare:.2f} ms ({bare_cpu:.2f} CPU) · connector {ours:.2f} ms ({ours_cpu:.2f} CPU) · "
                  f"adds {ours - bare:.2f} ms ({ours_cpu - bare_cpu:.2f} CPU)")  # fmt: skip
        found = await pcare.diagnoses("A", 0, ROWS)
        assert isinstance(found, Listed) and len(found.rows) == ROWS
        took, late = await stalls(lambda: pcare.diagnoses("A", 0, ROWS), max(20, calls // 10))
        print(f"a sealed list of {ROWS} rows: {took:.1f} ms; meanwhile the loop wakes late by "
              f"{late[len(late) // 2]:.2f} ms (median), {late[int(len(late) * 0.99)]:.2f} (p99), {late[-1]:.2f} (most)")  # fmt: skip
    best = min(added)
    print(f"connector adds {best:.2f} ms of CPU to a call; may add {LIMIT_MS:.0f}")
    return int(best > LIMIT_MS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=400)
    raise SystemExit(asyncio.run(main(parser.parse_args().calls)))
