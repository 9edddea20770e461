"""Consent (`/v1/consents`, SATUSEHAT's `/consent/v1/Consent`) and break-glass (`/v1/break-glass`)."""

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.problems import FHIR_JSON
from services.kernel.service import Svc
from services.records.consents import Wish
from services.records.contract.access import NationalConsent, NewBreakGlass, NewConsent, Verdict, Withdrawal
from services.records.usecases import consents, glass
from services.records.usecases.refusals import no_consent

router = APIRouter()
Carer = Annotated[Actor, Depends(allow(*CARE_ROLES))]
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
Watcher = Annotated[Actor, Depends(allow(*CARE_ROLES, *glass.OFFICE))]
Office = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]
_PATIENT_TEXT = "Id Patient atau nomor IHS (Patient id or IHS number)"
PatientQuery = Annotated[str, Query(description=_PATIENT_TEXT, max_length=64, examples=["P14100000001"])]
ConsentId = Annotated[str, Path(description="Id persetujuan (consent id)", max_length=64, examples=["contoh"])]
GlassId = Annotated[str, Path(description="Id pembukaan (id of the opening)", max_length=64, examples=["contoh"])]
CONSENT, GLASS = "Persetujuan pasien (consent)", "Akses darurat (break-glass)"


@router.post("/v1/consents", status_code=201, summary="Catat persetujuan pasien (record consent)", tags=[CONSENT])
async def record(service: Svc, actor: Carer, asked: NewConsent) -> dict[str, Any]:
    """Izin atau penolakan seorang pasien: seluruh catatan atau satu kelas peka, semua faskes atau satu, untuk suatu
    masa. Berlaku seketika; disimpan juga sebagai FHIR Consent."""
    patient, _ = await consents.person_of(service, asked.patient, asked.nik)
    wish = Wish(
        asked.decision == "permit", asked.sensitive_class, None, asked.valid_from, asked.valid_until, asked.agent,
        asked.document,
    )  # fmt: skip
    _, told = await consents.record(service, actor, wish, patient, asked.facility)
    return told


@router.get("/v1/consents", summary="Persetujuan seorang pasien (a patient's consents)", tags=[CONSENT])
async def of_person(service: Svc, actor: Reader, patient: PatientQuery) -> list[dict[str, Any]]:
    """Terbaru dulu. Yang tentang kelas peka hanya tampak bagi pencatatnya dan dinas."""
    return await consents.of_person(service, actor, patient)


@router.post("/v1/consents/{consent}/withdraw", summary="Cabut persetujuan (withdraw)", tags=[CONSENT])
async def withdraw(service: Svc, actor: Carer, consent: ConsentId, asked: Withdrawal) -> dict[str, Any]:
    """Keputusan ini tidak berlaku lagi sejak sekarang; riwayatnya tetap ada."""
    return await consents.withdraw(service, actor, consent, asked.agent)


@router.get("/v1/consents/{consent}/history", summary="Riwayat persetujuan (history)", tags=[CONSENT])
async def history(service: Svc, actor: Reader, consent: ConsentId) -> list[dict[str, Any]]:
    """Semua versi, terbaru dulu (every version, newest first)."""
    return await consents.history(service, actor, consent)


_FHIR: dict[int | str, dict[str, Any]] = {
    200: {"description": "Consent atau OperationOutcome", "content": {FHIR_JSON: {"schema": {"type": "object"}}}}
}


@router.get(
    "/consent/v1/Consent", summary="Persetujuan pasien, bentuk SATUSEHAT (consent)", tags=[CONSENT], responses=_FHIR
)
async def national(service: Svc, actor: Reader, patient_id: PatientQuery) -> Response:
    """FHIR Consent terakhir tentang seluruh catatan; OperationOutcome bila pasien belum pernah menyatakan apa pun."""
    found = await consents.latest(service, actor, patient_id)
    return _fhir(found or no_consent("Patient", patient_id))


@router.post(
    "/consent/v1/Consent", summary="Opt-in atau opt-out, bentuk SATUSEHAT (consent)", tags=[CONSENT], responses=_FHIR
)
async def decide(service: Svc, actor: Carer, asked: NationalConsent) -> Response:
    """OPTOUT menutup catatan bagi faskes lain; pengiriman data tetap diterima, dan penulis tetap melihat miliknya."""
    patient, _ = await consents.person_of(service, asked.patient_id, None)
    stored, _ = await consents.record(service, actor, Wish(asked.action == "OPTIN", agent=asked.agent), patient)
    return Response(stored.body.encode(), 200, media_type=FHIR_JSON)


def _fhir(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), 200, media_type=FHIR_JSON)


@router.post("/v1/break-glass", status_code=201, summary="Buka catatan dalam darurat (break the glass)", tags=[GLASS])
async def open_(service: Svc, actor: Carer, asked: NewBreakGlass) -> dict[str, Any]:
    """Akun ini melihat seluruh catatan pasien selama beberapa menit. Setiap pembacaan tercatat dengan tujuan BTG, dan
    Dinas Kesehatan menelaah alasannya."""
    return await glass.open_(service, actor, asked)


@router.get("/v1/break-glass", summary="Daftar akses darurat (openings)", tags=[GLASS])
async def page(
    service: Svc,
    actor: Watcher,
    state: Annotated[
        Literal["open", "overdue", "active", "reviewed", "all"],
        Query(
            description="open belum ditelaah, overdue lewat batas, active masih berlaku, reviewed sudah ditelaah",
            examples=["all"],
        ),
    ] = "open",
    after: Annotated[datetime | None, Query(description="`next` dari halaman sebelumnya (page mark)")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Banyaknya (page size)")] = 50,
) -> dict[str, Any]:
    """Untuk dinas dan auditor: semua faskes; untuk faskes: miliknya sendiri. Terbaru dulu."""
    return await glass.page(service, actor, state, after, limit)


@router.post("/v1/break-glass/{opening}/review", summary="Telaah akses darurat (review)", tags=[GLASS])
async def review(service: Svc, actor: Office, opening: GlassId, said: Verdict) -> dict[str, Any]:
    """Putusan dinas, sekali saja; yang tidak beralasan berakhir seketika."""
    return await glass.review(service, actor, opening, said)
