"""`simpul demo`: loads the district of 20,000 people through the bulk door, then plays the story; a table closes it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path
from textwrap import wrap

import httpx

from deploy.demo.door import SeedError
from deploy.demo.make_network import DEMO_PEOPLE
from deploy.demo.seed import seed
from deploy.demo.story import CHAPTERS, STORY, Failed, Shown, Stage, Step, open_stage
from deploy.house import read_json, write_json
from deploy.obstacle import Obstacle
from services.kernel.settings import Settings

LOAD_WITHIN = 60.0
CELL = 30
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Played:
    """One row of the closing table."""

    label: str
    id: str
    en: str
    shown: Shown
    ms: float
    ok: bool


async def play(address: str, credentials: Path, people: int = DEMO_PEOPLE) -> None:
    """Load and play against the running system. Raises SystemExit(1) when a step fails, Obstacle when none can be."""
    kept = read_json(credentials)
    if not kept:
        raise Obstacle(
            id=f"{credentials} tidak ada. Jalankan 'make up' dahulu, dengan SIMPUL_DATA yang sama.",
            en=f"{credentials} does not exist. Run 'make up' first, with the same SIMPUL_DATA.",
        )
    today = Settings().clock().today()
    try:
        rows = [await _load(address, credentials, people, today)]
        async with open_stage(address, kept["admin"], today) as stage:
            rows += await tell(stage, print)
    except httpx.HTTPError:
        raise Obstacle(
            id=f"Simpul tidak menjawab di {address}. Jalankan 'make up' di jendela lain, dengan SIMPUL_PORT yang sama.",
            en=f"Simpul does not answer at {address}. Run 'make up' in another window, with the same SIMPUL_PORT.",
        ) from None
    except SeedError as error:
        raise Obstacle(id=f"Data contoh ditolak: {error}", en="The demo data were refused, see above.") from None
    print(table(rows))
    if not all(row.ok for row in rows):
        raise SystemExit(1)


async def _load(address: str, credentials: Path, people: int, today: date) -> Played:
    """The district through the real ingest path; the demo accounts are kept with the other credentials."""
    print(f"Kabupaten contoh, {people:,} orang · a district of {people:,} people")
    kept = read_json(credentials)
    done = await seed(address, kept, people, lambda sentence: print(f"  {sentence}"), today)
    write_json(credentials, kept | {"demo": done.accounts})
    shown = Shown(f"< {LOAD_WITHIN:.0f} s", f"{done.lines:,} dalam {done.seconds:.1f} s")
    ok = done.seconds < LOAD_WITHIN
    return Played("0", "Memuat kabupaten contoh", "Load the demo district", shown, done.seconds * 1000, ok)


async def tell(stage: Stage, note: Note) -> list[Played]:
    """Plays the steps in order and stops at the first that fails."""
    rows: list[Played] = []
    chapter, number = 0, 0
    for step in STORY:
        if step.chapter != chapter:
            chapter, number = step.chapter, 0
            note(f"\n{chapter}. {CHAPTERS[chapter]}")
        number += 1
        rows.append(await _play(step, f"{chapter}.{number}", stage))
        note(f"  {'✓' if rows[-1].ok else '✗'} {step.id} · {step.en}  ({rows[-1].ms:.0f} ms)")
        if not rows[-1].ok:
            break
    return rows


async def _play(step: Step, label: str, stage: Stage) -> Played:
    started, ok = time.perf_counter(), True
    try:
        shown = await step.play(stage)
    except Failed as failed:
        shown, ok = failed.shown, False
    ms = stage.notes.pop("ms", None) or (time.perf_counter() - started) * 1000
    return Played(label, step.id, step.en, shown, ms, ok)


def table(rows: list[Played]) -> str:
    """What, expected, seen, ms; Indonesian with English beneath."""
    left = max(len(text) for row in rows for text in (row.id, row.en))
    line = "─" * (left + 2 * CELL + 17)
    out = ["", line, _row("", "Langkah · what", "Diharapkan · expected", "Terlihat · seen", "ms", left), line]
    for row in rows:
        expected, seen = (wrap(text, CELL, max_lines=2, placeholder=" …") for text in _both(row.shown))
        cells = zip_longest([row.id, row.en], expected, seen, fillvalue="")
        for number, (what, first, second) in enumerate(cells):
            ms = f"{row.ms:,.0f}{'' if row.ok else ' ✗'}" if number == 0 else ""
            out.append(_row("" if number else row.label, what, first, second, ms, left))
    good = sum(row.ok for row in rows)
    verdict = "semua benar · all as expected" if good == len(rows) else "GAGAL · FAILED"
    return "\n".join([*out, line, f"{good}/{len(rows)} {verdict}"])


def _both(shown: Shown) -> tuple[str, str]:
    return shown.expected or "-", shown.seen or "-"


def _row(label: str, what: str, expected: str, seen: str, ms: str, left: int) -> str:
    return f"{label:4} {what:{left}} {expected:{CELL}} {seen:{CELL}} {ms:>8}".rstrip()
