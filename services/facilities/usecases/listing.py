"""Reading a list of the network: one page as JSON, or all of it as a file."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson

from services.facilities.queries.listing import Chosen
from services.facilities.rules import exporting
from services.facilities.rules.exporting import Workbook
from services.facilities.rules.listing import Asked
from services.kernel.problems import Fault, Invalid, Text
from services.kernel.service import Service

BATCH = 2000
"""Rows read at a time for a file: no connection waits for a slow reader."""
_NO_PLACE = Text("Daftar ini tidak punya letak; pilih json, csv, xlsx", "This list has no places; use json, csv, xlsx")


async def page(service: Service, chosen: Chosen, asked: Asked) -> bytes:
    """One page as its wire form, `Page`. Raises Invalid for an order or a mark that is not of this list.

    The rows go from the driver to the wire: models for 2,000 of them would cost three times the query.
    """
    async with service.db.reading() as conn:
        items, following = await chosen.rows(conn, asked)
        total = await chosen.count(conn) if asked.total else None
    return orjson.dumps({"items": items, "next": following, "total": total}, default=float, option=orjson.OPT_UTC_Z)


async def export(service: Service, chosen: Chosen, asked: Asked, title: str) -> AsyncIterator[bytes]:
    """All rows of a list as the file asked for, in pieces. Raises, before the first, Invalid."""
    if asked.form == "geojson" and chosen.listing.geometry is None:
        raise Invalid(_NO_PLACE, [Fault("/format", _NO_PLACE)])
    batches = _batches(service, chosen, replace(asked, limit=BATCH))
    first = await anext(batches)
    fields = tuple(chosen.listing.model.model_fields)
    make = {"csv": _csv, "xlsx": _xlsx, "geojson": _geojson}[asked.form]
    return make(_again(first, batches), fields, title)


Rows = list[dict[str, Any]]


async def _batches(service: Service, chosen: Chosen, asked: Asked) -> AsyncIterator[Rows]:
    following: str | None = asked.after
    while True:
        async with service.db.reading() as conn:
            page = replace(asked, after=following)
            rows, following = await chosen.rows(conn, page, geometry=asked.form == "geojson")
        yield rows
        if following is None:
            return


async def _again(first: Rows, rest: AsyncIterator[Rows]) -> AsyncIterator[Rows]:
    yield first
    async for rows in rest:
        yield rows


async def _csv(batches: AsyncIterator[Rows], fields: tuple[str, ...], _: str) -> AsyncIterator[bytes]:
    yield exporting.csv_head(fields)
    async for rows in batches:
        yield exporting.csv_rows(rows, fields)


async def _xlsx(batches: AsyncIterator[Rows], fields: tuple[str, ...], title: str) -> AsyncIterator[bytes]:
    book = Workbook(fields, title)
    async for rows in batches:
        await asyncio.to_thread(book.add, rows)
    for piece in await asyncio.to_thread(book.pieces):
        yield piece


async def _geojson(batches: AsyncIterator[Rows], fields: tuple[str, ...], _: str) -> AsyncIterator[bytes]:
    yield exporting.GEOJSON_HEAD
    before = b""
    async for rows in batches:
        if rows:
            yield before + b",".join(exporting.features(rows, fields))
            before = b","
    yield exporting.GEOJSON_END
