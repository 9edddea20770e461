"""Proving the access log: every block against its rows, the block before it, and the heads published outside.

A block's hash proves; the digests beside it (four bytes a row) only tell which row it was when the hash does not hold.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.kernel.access import CANON, COLUMNS, DIGEST
from services.kernel.db import Connection
from services.kernel.problems import Text

BATCH = 200
"""Blocks proved in one round trip; of each at most one block's rows are held in memory, by the database."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at some moment: block number, its last position, its hash in hex."""

    number: int
    last: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The first link that does not hold. `position` is the first row that differs, when it can be told."""

    kind: str
    block: int
    first: int
    last: int
    position: int | None
    said: Text


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved: the chain's head, how many rows, how many published heads were compared, the first fault."""

    head: Head
    rows: int
    published: int
    fault: Fault | None


_TOP = """
SELECT coalesce(max(number), 0) AS number, coalesce(max(last), 0) AS last,
       coalesce((SELECT encode(hash, 'hex') FROM access_block ORDER BY number DESC LIMIT 1), '') AS hash,
       (SELECT coalesce(max(position), 0) FROM access_log) AS rows_end,
       (SELECT coalesce(min(position), 1) FROM access_log) AS rows_begin
FROM access_block
"""
_PROVE = f"""
WITH link AS (
    SELECT number, first, last, hash, lag(number, 1, $1::bigint) OVER w AS before,
           lag(last, 1, $2::bigint) OVER w AS ended, lag(hash, 1, $3::bytea) OVER w AS prior
    FROM (SELECT * FROM access_block WHERE number > $1 AND number <= $4 ORDER BY number LIMIT {BATCH}) b
    WINDOW w AS (ORDER BY number)
)
SELECT k.number, k.first, k.last, k.hash, k.before, k.ended,
       k.number = k.before + 1 AND k.first = k.ended + 1 AND l.n = k.last - k.first + 1
       AND k.hash = sha256(k.prior || coalesce(l.body, ''::bytea)) AS holds
FROM link k LEFT JOIN LATERAL (
    SELECT count(*) AS n, convert_to(string_agg({CANON}, E'\\n' ORDER BY position), 'UTF8') AS body
    FROM access_log WHERE position BETWEEN k.first AND k.last
) l ON true
ORDER BY k.number
"""


async def prove(
    conn: Connection, published: Mapping[int, Head] | None = None, told: Callable[[int, int], None] | None = None
) -> Proof:
    """Prove the chain as it stands now; `told(done, all)` hears of the rows proved.

    `published` must have been read before: what is sealed meanwhile is proved the next time.
    """
    heads = dict(published or {})
    top = await conn.fetchrow(_TOP)
    assert top is not None  # noqa: S101 - an aggregate always has a row
    head = Head(top["number"], top["last"], top["hash"])
    number, last, prior = 0, 0, b""
    while number < head.number:
        for link in await conn.fetch(_PROVE, number, last, prior, head.number):
            if not link["holds"]:
                return Proof(head, last, len(heads), await _located(conn, link))
            number, last, prior = link["number"], link["last"], link["hash"]
            if number in heads and (heads[number].last, heads[number].hash) != (last, prior.hex()):
                return Proof(head, last, len(heads), _rewritten(link))
        if told is not None:
            told(last, head.last)
    return Proof(head, last, len(heads), _ends(top, heads))


def published(folder: Path, service: str) -> dict[int, Head]:
    """The heads of a service's chain that were published in a folder, by block number."""
    return {head.number: head for head in _lines(folder, service) if head.number}


def _lines(folder: Path, service: str) -> Iterator[Head]:
    for path in sorted(folder.glob(f"{service}-????-??-??.txt")):
        for line in path.read_text().splitlines():
            parts = line.split(" ")
            if len(parts) == 3 and parts[0].isdecimal() and parts[1].isdecimal():
                yield Head(int(parts[0]), int(parts[1]), parts[2])


def _ends(top: Any, heads: Mapping[int, Head]) -> Fault | None:
    """Whether the chain ends where it was published to go on, and no row stands outside of it."""
    beyond = max(heads, default=0)
    if beyond > top["number"]:
        return Fault("cut", top["number"] + 1, top["last"] + 1, heads[beyond].last, top["last"] + 1, Text(
            f"ekornya dipotong: sudah diumumkan sampai blok {beyond}, sekarang berakhir di blok {top['number']}",
            f"its tail is cut: block {beyond} had been published, now it ends with block {top['number']}",
        ))  # fmt: skip
    if top["rows_end"] > top["last"] or top["rows_begin"] < 1:
        at = top["last"] + 1 if top["rows_end"] > top["last"] else top["rows_begin"]
        return Fault("inserted", top["number"], at, top["rows_end"], at, Text(
            f"baris {at} disisipkan: tidak termasuk blok mana pun", f"row {at} was inserted: it belongs to no block"
        ))  # fmt: skip
    return None


def _rewritten(link: Any) -> Fault:
    return Fault("rewritten", link["number"], link["first"], link["last"], None, Text(
        f"rantai ditulis ulang: blok {link['number']} bukan yang pernah diumumkan",
        f"the chain was written anew: block {link['number']} is not the one that was published",
    ))  # fmt: skip


async def _located(conn: Connection, link: Any) -> Fault:
    """What is wrong with a link that does not hold, and with which of its rows."""
    block, first, last = link["number"], link["first"], link["last"]

    def fault(kind: str, position: int | None, id_: str, en: str) -> Fault:
        return Fault(kind, block, first, last, position, Text(id_, en))

    if block != link["before"] + 1:
        gone = link["before"] + 1
        return fault("deleted", link["ended"] + 1, f"blok {gone} dihapus", f"block {gone} was deleted")
    if first != link["ended"] + 1:
        at = link["ended"] + 1
        between = await conn.fetchval("SELECT min(position) FROM access_log WHERE position BETWEEN $1 AND $2", at, last)
        if between is not None and between < first:
            return fault("inserted", between, f"baris {between} disisipkan", f"row {between} was inserted")
        return fault("deleted", at, f"rantai tidak bersambung di baris {at}", f"the chain does not join at row {at}")
    kept = await conn.fetchval("SELECT digests FROM access_block WHERE number = $1", block)
    rows = await conn.fetch(
        f"SELECT position, {DIGEST} AS digest FROM access_log WHERE position BETWEEN $1 AND $2 ORDER BY 1", first, last
    )
    there: dict[int, bytes] = {r["position"]: r["digest"] for r in rows}
    gone = next((p for p in range(first, last + 1) if p not in there), None)
    if kept is None or len(kept) != 4 * (last - first + 1):
        if gone is not None:
            return fault("deleted", gone, f"baris {gone} dihapus", f"row {gone} was deleted")
        return fault("changed", None, "isinya diubah; baris mana tidak dapat ditunjuk",
                     "its content was changed; which row cannot be told")  # fmt: skip
    told = {p: bytes(kept[4 * i : 4 * i + 4]) for i, p in enumerate(range(first, last + 1))}
    wrong = [p for p in range(first, last + 1) if there.get(p) != told[p]]
    if not wrong:
        return fault("block", None, "hash bloknya diubah", "the block's own hash was changed")
    return fault(*await _named(conn, told, there, wrong, last))


async def _named(
    conn: Connection, told: Mapping[int, bytes], there: Mapping[int, bytes], wrong: list[int], last: int
) -> tuple[str, int, str, str]:
    """How the first differing row came to differ: its content may stand under another number now."""
    at = wrong[0]
    other = await conn.fetchval(_MOVED, wrong[1:], at, told[at])
    if other is not None and await _as(conn, at, other) == told[other]:
        return "moved", at, f"baris {at} dan {other} bertukar tempat", f"rows {at} and {other} changed places"
    if at in there and at < last and await _as(conn, at, at + 1) == told[at + 1]:
        return (
            "deleted",
            at,
            f"baris {at} dihapus, sisanya dinomori ulang",
            f"row {at} was deleted, the rest renumbered",
        )
    if other == at + 1:
        return "inserted", at, f"baris {at} disisipkan", f"row {at} was inserted"
    if at not in there:
        return "deleted", at, f"baris {at} dihapus", f"row {at} was deleted"
    return "changed", at, f"baris {at} diubah", f"row {at} was changed"


_MOVED = f"""
SELECT was FROM (SELECT $2::bigint AS position, at, {COLUMNS}, position AS was FROM access_log
                 WHERE position = ANY($1::bigint[])) r WHERE {DIGEST} = $3 ORDER BY was LIMIT 1
"""


async def _as(conn: Connection, position: int, number: int) -> bytes | None:
    """The digest of a row as if it stood under another number."""
    found: bytes | None = await conn.fetchval(
        f"SELECT {DIGEST} FROM (SELECT $2::bigint AS position, at, {COLUMNS} FROM access_log WHERE position = $1) r",
        position, number,
    )  # fmt: skip
    return found
