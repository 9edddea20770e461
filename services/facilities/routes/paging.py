"""What all lists share: the page, the order and the form asked for, and the answer."""

import hashlib
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.facilities.queries.listing import Chosen, Listing
from services.facilities.rules.listing import Asked, Form
from services.facilities.usecases import listing as usecases
from services.kernel.service import Service
from services.kernel.sheets import XLSX

After = Annotated[str | None, Query(max_length=1000, description="Isi `next` dari halaman sebelumnya (cursor)")]
Limit = Annotated[int, Query(ge=1, le=2000, description="Banyaknya tiap halaman (page size)")]
Total = Annotated[bool, Query(description="Sertakan jumlah semua baris (count all rows)")]
Format = Annotated[
    Form | None,
    Query(
        description="Bentuk jawaban, atau tajuk Accept; berkas memuat semua baris yang cocok (form of the answer, or "
        "by Accept; a file holds every row that fits)"
    ),
]
Accept = Annotated[str, Header(include_in_schema=False)]
MEDIA: dict[Form, str] = {
    "json": "application/json", "csv": "text/csv; charset=utf-8", "xlsx": XLSX, "geojson": "application/geo+json",
}  # fmt: skip
FORMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in list(MEDIA.values())[1:]}}
}
"""`responses` of a list's route."""


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

    def asked(
        after: After = None, limit: Limit = 100, sort: ordered = None, total: Total = False, format: Format = None,
        accept: Accept = "",
    ) -> Asked:  # fmt: skip
        return Asked(after, limit, sort or None, total, format or _accepted(accept))

    return Depends(asked)


async def answer(service: Service, request: Request, chosen: Chosen, asked: Asked) -> Response:
    """A page of a list with its ETag, 304 when the caller has it already; or the whole as a file. Raises Invalid."""
    if asked.form != "json":
        name = request.url.path.rpartition("/")[2]
        headers = {"Content-Disposition": f'attachment; filename="{name}-{service.clock.today()}.{asked.form}"'}
        pieces = await usecases.export(service, chosen, asked, name)
        return StreamingResponse(pieces, media_type=MEDIA[asked.form], headers=headers)
    body = await usecases.page(service, chosen, asked)
    tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    said = request.headers.get("if-none-match", "")
    if tag in (t.strip() for t in said.split(",")):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type="application/json", headers={"ETag": tag})


def _accepted(accept: str) -> Form:
    """The form an Accept header asks for by name."""
    said = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return next((form for form, kind in MEDIA.items() if kind.partition(";")[0] in said), "json")
