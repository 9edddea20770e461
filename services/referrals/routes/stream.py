"""The boxes as they change, as Server-Sent Events."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response

from services.kernel.auth import CARE_ROLES, Actor, allow
from services.kernel.service import Svc
from services.kernel.stream import EventStream
from services.referrals.contract.stream import BoxChanged
from services.referrals.usecases import show
from services.referrals.usecases import stream as streaming

router = APIRouter(prefix="/v1/referrals", tags=["Rujukan (referrals)"])

Listener = Annotated[Actor, Depends(allow(*CARE_ROLES, *show.DISTRICT))]
EXAMPLE = """retry: 3000

: -
id: 41

event: referral
id: 42
data: {"id":"52fb06ba-01e0-5d2c-be57-0541dd0927d3","number":"3F0A-91C2-77DE","version":2,"leg":1,"box":"outbox",\
"state":"accepted","verb":"accept","urgency":"urgent","owner":"sender","due_at":"2026-11-23T02:10:00Z","outcome":null,\
"from_facility":"D1410010301","to_facility":"P1410010101","over":false}

"""
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Aliran `text/event-stream`; `data` adalah BoxChanged (the stream)",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
        "model": BoxChanged,
    }
}


@router.get(
    "/stream", response_class=Response, responses=ANSWER,
    summary="Kotak yang berubah, langsung (the boxes as they change, Server-Sent Events)",
)  # fmt: skip
async def stream(
    service: Svc,
    actor: Listener,
    last: Annotated[
        int | None,
        Header(
            alias="Last-Event-ID",
            ge=0,
            le=2**62,
            examples=[0],
            description="`id` terakhir yang sudah dibaca; aliran menyambung tanpa kehilangan (resume after it)",
        ),
    ] = None,
    once: Annotated[
        bool,
        Query(
            description="Hanya yang sudah terjadi, lalu berakhir (only what has happened, then end)", examples=[True]
        ),
    ] = False,
) -> Response:
    """Setiap langkah pada rujukan di kotak faskes pada token: sebagai pengirim, yang ditanya, atau yang bagiannya baru
    selesai (`over`); dinas: sekabupaten. Tanpa nama, nomor orang, atau isi, maka tidak dicatat sebagai akses; isinya
    dibaca lewat `GET /v1/referrals/{id}`, yang dicatat.

    Baris `: -` datang tiap 15 detik bila sepi. `event: reset`: terlalu jauh tertinggal, muat ulang kotak. `event: end`
    dengan `why`: `token` (masuk lagi), `slow`, `replaced` atau `closing` (sambung lagi setelah `retry` milidetik).

    (Every step on a referral in the boxes of the token's facility: as its sender, as asked, or once more when its part
    is over; the health office: the whole district. No name, number of a person or content, hence no row in the access
    log; the content is read, and logged, by its own address. Resume with Last-Event-ID.)
    """
    listener = await streaming.listen(service, actor)
    flow = streaming.flow(service, listener, last, once=once)
    return EventStream(flow, lambda: streaming.leave(service, listener))
