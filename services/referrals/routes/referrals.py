"""The referrals API: send, look into a box, open one, take a step."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.openapi import ProblemBody
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.service import Svc
from services.referrals.contract import (
    Draft,
    Measure,
    NewReferral,
    Page,
    ReferralDetail,
    ReferralShown,
    State,
    StepTaken,
    Verb,
)
from services.referrals.routes.asking import Question
from services.referrals.routes.narrowing import Narrowed
from services.referrals.usecases import drafts, figures, numbers, show
from services.referrals.usecases.answers import Answer
from services.referrals.usecases.figures import Asked
from services.referrals.usecases.send import send
from services.referrals.usecases.take import take

router = APIRouter(prefix="/v1/referrals", tags=["Rujukan (referrals)"])

Carer = Annotated[Actor, Depends(allow(*CARE_ROLES))]
Stepper = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, *show.DISTRICT))]
EVERYTHING = Asked()
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        description="Kunci pilihan pengirim; ulangan dengan kunci yang sama mendapat jawaban pertama "
        "(retries with the same key get the first answer)",
    ),
]
Id = Annotated[
    str,
    Path(description="Id rujukan (referral id)", max_length=64, examples=["52fb06ba-01e0-5d2c-be57-0541dd0927d3"]),
]

DraftId = Annotated[
    str,
    Path(description="Id draf rujukan (draft id)", max_length=64, examples=["b676d2e3-24c4-5da6-88c1-2db4a983e487"]),
]

NEW_EXAMPLES: dict[str, Any] = {
    "puskesmas": {
        "summary": "Ibu hamil dari praktik dokter ke puskesmas (a pregnant woman, from a practice to the puskesmas)",
        "value": {
            "patient": {"nik": "1410014107900001"},
            "to_facility": "P1410010101",
            "urgency": "urgent",
            "kind": "horizontal",
            "diagnosis": "O13",
            "reason": "Tekanan darah 150/95 pada kehamilan 32 minggu; perlu protein urin dan pemantauan",
            "sbar": {
                "situation": "Hamil 32 minggu, tekanan darah 150/95 dua kali ukur, tanpa sakit kepala",
                "background": "G2P1A0, tekanan darah trimester pertama 110/70",
                "assessment": "Hipertensi gestasional, singkirkan preeklampsia",
                "recommendation": "Periksa protein urin, pantau tekanan darah, tentukan tempat bersalin",
            },
        },
    },
    "rumah-sakit": {
        "summary": "Gawat darurat ke RSUD (an emergency, to the hospital)",
        "value": {
            "patient": {"nik": "1410014107900001"},
            "to_facility": "R1410010401",
            "urgency": "emergency",
            "kind": "vertical",
            "diagnosis": "O14.1",
            "reason": "Preeklampsia berat, tekanan darah 170/115 dan pandangan kabur",
            "criterion": {"kind": "therapy"},
        },
    },
}
DRAFT_EXAMPLES: dict[str, Any] = {
    "tujuan": {
        "summary": "Draf dilengkapi dengan tujuan (a draft is given its receiver)",
        "value": {k: v for k, v in NEW_EXAMPLES["puskesmas"]["value"].items() if k != "patient"},
    }
}
CONTROL = date.today() + timedelta(days=30)  # a fixed day would be refused once it has passed
STEP_EXAMPLES: dict[str, Any] = {
    "accept": {"summary": "accept, depart, arrive, treat", "value": {"note": "Ditunggu di poli KIA"}},
    "decline": {"summary": "decline, cancel", "value": {"reason": "Reagen protein urin habis sampai Senin"}},
    "redirect": {
        "summary": "redirect",
        "value": {"reason": "Perlu dokter kandungan; di sini tidak ada", "to_facility": "R1410010401"},
    },
    "raise": {"summary": "raise", "value": {"reason": "Tekanan darah naik, pandangan kabur", "urgency": "emergency"}},
    "send": {"summary": "send", "value": {"to_facility": "P1410030101", "then": ["P1410020101"]}},
    "refer-back": {
        "summary": "refer-back",
        "value": {"advice": "Lanjut nifedipin 3x10 mg, ukur tekanan darah tiap minggu", "due": CONTROL.isoformat()},
    },
    "close": {"summary": "close", "value": {"outcome": "admitted", "note": "Rawat inap untuk observasi"}},
}


CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {
        "model": ProblemBody,
        "description": "Masih ada rujukan terbuka (`referral`), atau langkah tidak sah (`state`, `legal`, `last`) "
        "(one is open already, or the step is not legal now)",
    }
}


def _written(answer: Answer) -> Response:
    headers = {"Location": f"/v1/referrals/{answer.referral_id}"}
    if answer.repeated:
        headers["Idempotency-Replayed"] = "true"
    return Response(answer.body, answer.status, headers, "application/json")


@router.post(
    "", status_code=201, response_model=ReferralShown, responses=CONFLICT, summary="Kirim rujukan (send a referral)"
)
async def create(
    service: Svc, actor: Carer, asked: Annotated[NewReferral, Body(openapi_examples=NEW_EXAMPLES)], key: Key = None
) -> Response:
    """Pengirim adalah faskes pada token; ia harus sudah punya hubungan pelayanan dengan pasien.

    Selama satu rujukan orang ini ke faskes itu, atau dari faskes ini untuk diagnosis sekategori, masih terbuka, yang
    kedua dijawab 409 dengan nomornya; alasannya pada `beside` membolehkannya.
    (The sender is the token's facility and must have a care relation with the patient. A second referral to the same
    facility, or from this one for the same category of diagnosis, while one is open is answered 409 naming it; a reason
    in `beside` allows it.)
    """
    return _written(await send(service, actor, asked, key))


@router.get("", response_model=Page, summary="Kotak masuk atau keluar (inbox or outbox)")
async def look(
    service: Svc,
    actor: Reader,
    box: Annotated[
        Literal["inbox", "outbox", "office"],
        Query(description="office, hanya untuk dinas: yang harus ditangani dinas (those the office must act on)"),
    ] = "inbox",
    facility: Annotated[
        FacilityCode | None, Query(description="Hanya untuk dinas: kotak faskes ini; kosong berarti sekabupaten")
    ] = None,
    state: Annotated[State | None, Query(description="Hanya keadaan ini (only this state)")] = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="true (bawaan): terbuka; false: sudah berakhir (open or ended)")
    ] = None,
    number: Annotated[
        str | None,
        Query(
            min_length=3,
            max_length=80,
            description="Nomor rujukan ini, milik kita atau sistem lain; saringan lain tidak dipakai (a number, ours or"
            " another system's; the other filters are not used)",
        ),
    ] = None,
    narrowed: Narrowed = show.EVERY,
    after: Annotated[str | None, Query(max_length=200, description="`next` dari halaman sebelumnya")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    figure: Annotated[
        Measure | None, Query(description="Daftar di balik satu angka rujukan, terbaru dahulu (the list of a figure)")
    ] = None,
    behind: Question = EVERYTHING,
) -> Response:
    """Yang terbuka: paling gawat dahulu, lalu paling lama menunggu. Yang berakhir: terbaru dahulu.

    Dengan `figure` atau saringannya (`from`, `to`, `sender`, …): rujukan di balik angka itu, lihat
    `/v1/referrals/figures`.
    (Open ones: most urgent first, then oldest. Ended ones: newest first. With `figure` or its filters: those behind a
    figure.)
    """
    if number is not None:
        return _page(await numbers.find(service, actor, number))
    if figure is not None or behind != EVERYTHING:
        those = figures.wanted(service, actor, replace(behind, state=state))
        return _page(await figures.listed(service, actor, those, figure or Measure.SENT, after, limit))
    if state is not None and is_open is not None and is_open == (state is State.CLOSED):
        clash = Text("bertentangan dengan state", "contradicts state")
        raise Unprocessable(faults=[Fault("/query/open", clash)])
    wanted = state is not State.CLOSED if state is not None else is_open is not False
    if narrowed != show.EVERY and not wanted:
        clash = Text("harus true: saringan ini untuk yang terbuka", "must be true: this filter is for open ones")
        raise Unprocessable(faults=[Fault("/query/open", clash)])
    found = await show.page(
        service, actor, box, facility, state, is_open=wanted, after=after, limit=limit, narrowed=narrowed
    )
    return _page(found)


def _page(found: Page) -> Response:
    """A page as it is: once made, it need not be checked against its own model."""
    return Response(found.model_dump_json(), media_type="application/json")


@router.get("/{referral}", summary="Satu rujukan dengan riwayatnya (one referral with its history)")
async def read(service: Svc, actor: Reader, referral: Id) -> ReferralDetail:
    """Untuk pengirim, penerima dan dinas; faskes lain ditolak dan penolakannya dicatat.

    (For the sender, the receiver and the health office; others are refused, and that is logged.)
    """
    return await show.one(service, actor, referral)


@router.put(
    "/drafts/{draft}", response_model=ReferralShown, responses=CONFLICT, summary="Ubah draf rujukan (change a draft)"
)
async def change(
    service: Svc, actor: Carer, draft: DraftId, asked: Annotated[Draft, Body(openapi_examples=DRAFT_EXAMPLES)]
) -> ReferralShown:
    """Isi seluruhnya diganti, pasiennya tetap; hanya pengirim, selama belum dikirim (langkah send mengirimnya).

    (The whole content is put anew, the patient stays; by the sender only, until the step `send`.)
    """
    return await drafts.change(service, actor, draft, asked)


@router.post(
    "/{referral}/{verb}", response_model=ReferralShown, responses=CONFLICT, summary="Ambil langkah (take a step)"
)
async def step(
    service: Svc,
    actor: Stepper,
    referral: Id,
    verb: Annotated[Verb, Path(description="Langkah (step)", examples=["accept"])],
    told: Annotated[StepTaken | None, Body(openapi_examples=STEP_EXAMPLES)] = None,
    key: Key = None,
) -> Response:
    """Penerima: accept, decline, redirect, arrive, no-show, treat, refer-back, close. Pengirim: send, raise, depart,
    cancel. Dinas: send, cancel, close, bila tidak ada yang bertindak.

    Langkah yang tidak sah dijawab 409 dengan langkah yang sah (`legal`) dan kejadian terakhir (`last`).
    (An illegal step is answered 409 with the legal ones and what happened last.)
    """
    return _written(await take(service, actor, referral, verb, told or StepTaken(), key))
