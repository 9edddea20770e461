"""Who is a JKN member in the demo: the monthly lists of two months with what changed between them, and the capitation
of this month. From these come KBK with its forecast, UHC, and the gaps."""

import asyncio
import csv
import io
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import httpx

from deploy.demo.door import fine
from deploy.demo.people import EXAMPLE_CHILD, EXAMPLE_HUSBAND, EXAMPLE_PERSON, Person

SENDER = "bpjs-cabang"
HEADING = ("No Kartu", "NIK", "Kode Faskes", "Jenis Peserta", "Kelas", "Status", "Prolanis", "Kode Desa")
TRIES = 20
NORM = 6000
"""Rupiah a member and month in the demo's capitation list."""
FREE, PAID = ("21", "22"), ("13", "15")


def _share(person: Person, salt: str) -> float:
    """Between 0 and 1, always the same for a person and a question."""
    return zlib.crc32(f"{salt}{person.id}".encode()) / 2**32


def listed(people: Iterable[Person], month: date, earlier: bool) -> Iterator[Sequence[str]]:
    """The members of a month: nine in ten of those with a NIK, of whom one in nine is not active. Last month some
    belonged elsewhere, some were not on the list yet."""
    for p in people:
        if p.nik is None or p.id == EXAMPLE_HUSBAND or not p.alive(month.toordinal()) or _share(p, "member") > 0.9:
            continue
        moved = _share(p, "moved") < 0.01
        if earlier and _share(p, "new") < 0.01:
            continue
        home = p.household.private if _share(p, "home") < 0.15 else p.household.puskesmas
        home = p.household.puskesmas if moved and earlier else home
        stopped = _share(p, "active") > (0.9 if earlier else 0.89)
        years = p.age(month.toordinal())
        prolanis = "HT" if _share(p, "prolanis") < 0.1 else "DM" if _share(p, "prolanis") > 0.95 else ""
        segment = (FREE if _share(p, "segment") < 0.7 else PAID)[p.number % 2]
        if p.id in (EXAMPLE_PERSON, EXAMPLE_CHILD):
            home, stopped = p.household.puskesmas, False
        yield (
            p.jkn or "", p.nik, home.bpjs_code, segment, "3" if segment in FREE else "2",
            "TIDAK AKTIF" if stopped else "AKTIF", prolanis if years >= 45 else "", p.household.village,
        )  # fmt: skip


def _file(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([heading, *rows])
    return out.getvalue().encode()


def capitation(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[Any]]:
    """What BPJS pays a month: active members × norm; at the first facility one member more than the list has."""
    active = Counter[str]()
    for row in rows:
        active[row[2]] += row[5] == "AKTIF"
    for n, code in enumerate(sorted(active)):
        paid = active[code] + (n == 0)
        yield code, paid, NORM, paid * NORM


async def load(http: httpx.AsyncClient, people: Sequence[Person], today: date) -> None:
    """Load the lists. The long ones are applied in the background; a list that is there already is not loaded again."""
    this = today.replace(day=1)
    for month, earlier in (((this - timedelta(days=1)).replace(day=1), True), (this, False)):
        await _send(http, "members", month, _file(HEADING, listed(people, month, earlier)))
    heading = ("Kode Faskes", "Jumlah Peserta", "Norma", "Jumlah Kapitasi")
    await _send(http, "capitation", this, _file(heading, capitation(listed(people, this, False))))


async def _send(http: httpx.AsyncClient, kind: str, month: date, body: bytes) -> None:
    asked = {"kind": kind, "sender": SENDER, "month": f"{month:%Y-%m}", "confirm": "true"}
    answer = await http.post("/v1/jkn/lists", params=asked, content=body, headers={"Content-Type": "text/csv"})
    if answer.status_code != 409:  # by an earlier load
        fine(answer, f"{kind} {month:%Y-%m}")


async def propose(http: httpx.AsyncClient) -> None:
    """One person is proposed for free membership, once the numbers have caught up; a slow house goes without."""
    for _ in range(TRIES):
        told = fine(await http.post("/v1/jkn-gaps/proposals", json={"persons": [EXAMPLE_HUSBAND]}), "proposal")
        if told["made"] or any(n["code"] == "already" for n in told["not_made"]):
            return
        await asyncio.sleep(1)
