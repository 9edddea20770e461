"""What all lists share: the page, the order and the form asked for, and the answer."""

import hashlib
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from services.facilities.queries.listing import Chosen, Listing
from services.facilities.rules.listing import Asked
from services.facilities.usecases import listing as usecases
from services.kernel.service import Service

After = Annotated[str | None, Query(max_length=1000, description="Isi `next` dari halaman sebelumnya (cursor)")]
Limit = Annotated[int, Query(ge=1, le=2000, description="Banyaknya tiap halaman (page size)")]
Total = Annotated[bool, Query(description="Sertakan jumlah semua baris (count all rows)")]


def of(listing: Listing) -> Any:
    """The dependency that reads how a list is asked for: `asked: Annotated[Asked, paging.of(LISTING)]`."""
    words = [f"{way}{name}" for name in listing.sorts for way in ("", "-")]
    ordered = Annotated[
        str | None,
        Query(
            max_length=100, json_schema_extra={"enum": words},
            description="Urutan; - di depan dari besar ke kecil (order; a leading - is descending)",
        ),
    ]  # fmt: skip

    def asked(after: After = None, limit: Limit = 100, sort: ordered = None, total: Total = False) -> Asked:
        return Asked(after, limit, sort or None, total)

    return Depends(asked)


async def answer(service: Service, request: Request, chosen: Chosen, asked: Asked) -> Response:
    """A page of a list with its ETag; 304 when the caller has it already. Raises Invalid."""
    body = await usecases.page(service, chosen, asked)
    tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    said = request.headers.get("if-none-match", "")
    if tag in (t.strip() for t in said.split(",")):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type="application/json", headers={"ETag": tag})
