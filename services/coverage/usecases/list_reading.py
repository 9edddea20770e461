"""A list's file as rows, a chunk at a time and off the event loop: parsed, judged, digested and sealed in a thread."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from services.coverage.rules import list_headings as headings
from services.coverage.rules import member_lists as rules
from services.coverage.rules.list_headings import ListKind
from services.coverage.rules.member_lists import CapitationRow, MemberRow, Wrong
from services.coverage.rules.numbers import Numbering
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.rows import MOST_ROWS, UNCLOSED, Records, opened
from services.kernel.sheets import bare

CHUNK = 1000
TITLES = 10
"""Lines above the headings that may be a title."""


@dataclass(frozen=True, slots=True)
class File:
    """A file whose headings were found: the rows below come one by one."""

    headings: list[str]
    mapping: dict[str, str]
    saved: bool
    at: dict[str, int]
    records: Records = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is said to be: kind, the one facility it is of, the only one its sender may speak of, how its
    sender heads columns (None: guess)."""

    kind: ListKind
    facility: str | None
    allowed: str | None
    mapping: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A member's row ready to be kept: its key, digests and sealed card; the numbers go to nobody but records."""

    row: MemberRow
    key: bytes
    nik: bytes | None
    card: bytes | None


@dataclass(slots=True)
class Chunk:
    """Some rows of a list."""

    rows: int = 0
    members: list[Taken] = field(default_factory=list)
    capitation: list[CapitationRow] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)


def digest(data: bytes) -> str:
    """What makes two files the same."""
    return hashlib.sha256(data).hexdigest()


def find(data: bytes, wanted: Wanted) -> File:
    """Open a file and find its headings. Raises Invalid, TooLarge, Unprocessable (no headings that fit)."""
    first, records = opened(data)
    seen = first
    for _ in range(TITLES):
        names = [bare(str(h).strip()) for h in seen]
        mapping = wanted.mapping or headings.guessed(wanted.kind, names)
        at = headings.placed(mapping, names)
        if at is not None and len(at) >= 2 and not headings.lacking(wanted.kind, mapping, wanted.facility):
            return File(names, mapping, wanted.mapping is not None, at, records)
        following = next((r for _, r in records if isinstance(r, list)), None)
        if following is None:
            break
        seen = following
    raise _no_headings(wanted, [bare(str(h).strip()) for h in first])


def likely(data: bytes, kind: ListKind, mapping: dict[str, str] | None) -> list[str]:
    """The line that looks most like the headings: the first of those whose names mean the most. Raises Invalid,
    TooLarge."""
    first, records = opened(data)
    below = [r for _, r in islice(records, TITLES - 1) if isinstance(r, list)]
    lines = [[bare(str(h).strip()) for h in line if str(h).strip()] for line in [first, *below]]
    used = {headings.plain(h) for h in mapping.values()} if mapping else None
    return max(
        lines,
        key=lambda names: len(headings.guessed(kind, names) if used is None else used & {*map(headings.plain, names)}),
    )


def _no_headings(wanted: Wanted, names: list[str]) -> Unprocessable:
    """Which columns were not found, by the mapping kept or by guessing."""
    guessed = wanted.mapping or headings.guessed(wanted.kind, names)
    titles = {c.field: c.title for c in headings.COLUMNS[wanted.kind]}
    plain = {headings.plain(n) for n in names}
    lost = [f for f, h in guessed.items() if headings.plain(h) not in plain]
    lost += headings.lacking(wanted.kind, guessed, wanted.facility)
    faults = [
        Fault(
            f"/{name}",
            Text(f"kolom untuk {titles.get(name, name)} tidak ditemukan", f"no column for {name} was found"),
            "required",
        )
        for name in lost
    ]
    return Unprocessable(
        Text(
            "Judul kolom tidak cocok; periksa pemetaan pengirim ini",
            "The headings do not fit; check the sender's mapping",
        ),
        faults,
    )


async def chunks(file: File, wanted: Wanted, numbering: Numbering) -> AsyncIterator[Chunk]:
    """The rows of a file by the thousand. Raises Unprocessable: too many, or it cannot be read to its end."""
    seen: dict[bytes, int] = {}
    twice: dict[tuple[str, str], int] = {}
    read = 0
    while True:
        chunk = await asyncio.to_thread(_chunk, file, wanted, numbering, seen, twice)
        if chunk.rows == 0:
            return
        read += chunk.rows
        if read > MOST_ROWS:
            said = Text(f"Lebih dari {MOST_ROWS} baris; bagi berkasnya", f"Over {MOST_ROWS} rows; split the file")
            raise Unprocessable(said, [Fault("/", said, "too-long")])
        yield chunk


def _chunk(
    file: File, wanted: Wanted, numbering: Numbering, seen: dict[bytes, int], twice: dict[tuple[str, str], int]
) -> Chunk:
    chunk = Chunk()
    for line, cells in _cells(file):
        chunk.rows += 1
        if cells is UNCLOSED:  # who is not read would count as gone
            cut = Text(f"Baris {line}: {UNCLOSED.id}", f"Line {line}: {UNCLOSED.en}")
            raise Unprocessable(cut, [Fault("/", cut, "unreadable")])
        if isinstance(cells, Text):
            chunk.wrong.append(Wrong(line, None, cells))
        elif wanted.kind is ListKind.MEMBERS:
            row, wrong = rules.member(line, cells, wanted.facility, wanted.allowed)
            chunk.wrong += wrong
            if row is not None:
                _take(chunk, row, numbering, seen)
        else:
            said, wrong = rules.capitation(line, cells, wanted.facility, wanted.allowed)
            chunk.wrong += wrong
            if said is not None and (before := twice.setdefault((said.bpjs_code, said.segment), line)) != line:
                chunk.wrong.append(Wrong(line, "segment", _twice(before)))
            elif said is not None:
                chunk.capitation.append(said)
        if chunk.rows == CHUNK:
            break
    return chunk


def _cells(file: File) -> Iterator[tuple[int, dict[str, str] | Text]]:
    for line, record in file.records:
        if isinstance(record, Text):
            yield line, record
        elif any(c.strip() for c in record):
            yield line, {f: bare(record[n].strip()) if n < len(record) else "" for f, n in file.at.items()}


def _take(chunk: Chunk, row: MemberRow, numbering: Numbering, seen: dict[bytes, int]) -> None:
    nik = numbering.digest("nik", row.nik) if row.nik else None
    key = numbering.digest("card", row.card) if row.card else nik
    assert key is not None  # noqa: S101 - a row without either was refused
    before = seen.setdefault(key, row.line)
    if before != row.line:
        chunk.wrong.append(Wrong(row.line, "card", _twice(before)))
        return
    chunk.members.append(Taken(row, key, nik, numbering.seal(row.card) if row.card else None))


def _twice(line: int) -> Text:
    return Text(f"sudah ada di baris {line}", f"stands in line {line} already")


def kept(list_id: str, taken: Taken, found: dict[str, Any] | None, filled: bool) -> tuple[Any, ...]:
    """A row as it is kept (columns as `queries.lists.ROW`); `found`: whom records says it belongs to; `filled`: with
    the village the record knows, where the list names none."""
    row = taken.row
    person = found["person"] if found and not found["differ"] else None
    village = row.village or (found["village"] if found and filled else None)
    return (
        list_id, taken.key, row.line, row.bpjs_code, taken.nik, taken.card, person, row.status, row.status_text,
        row.payer_code, row.payer_name, row.class_code, row.dental_code, row.prolanis, row.prb, row.arrears, village,
        row.since, row.until,
    )  # fmt: skip
