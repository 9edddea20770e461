"""Webhooks (`/v1/webhooks`): being told of changes, signed, at least once."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from services.kernel.auth import Actor, Role, allow
from services.kernel.service import Svc
from services.records.contract.webhook import (
    Deliveries,
    MadeWebhook,
    NewWebhook,
    Resend,
    Resent,
    Tried,
    Webhook,
    Webhooks,
)
from services.records.usecases import webhooks

router = APIRouter(prefix="/v1/webhooks", tags=["Perubahan (changes)"])
Owner = Annotated[
    Actor,
    Depends(allow(Role.CLINIC_SYSTEM, Role.HOSPITAL, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF, Role.DINKES_ADMIN)),
]
Id = Annotated[str, Path(description="Id webhook (webhook id)", max_length=64, examples=["contoh"])]


@router.post("", status_code=201, summary="Daftarkan webhook (register a webhook)")
async def register(service: Svc, actor: Owner, wanted: NewWebhook) -> MadeWebhook:
    """Setiap perubahan yang boleh dilihat faskes ini diberitahukan ke alamat itu: hanya id, jenis, dan posisinya;
    isinya diambil lewat FHIR atau /v1/changes. Ditandatangani HMAC-SHA256 menurut Standard Webhooks (header
    webhook-id, webhook-timestamp, webhook-signature) dengan `secret`, yang tampil sekali ini saja. Kiriman yang gagal
    diulang selama sehari, lalu masuk daftar mati. Dapat berulang: kenali dengan webhook-id. Webhook Dinkes
    juga menerima pesan `break-glass` pada setiap akses darurat (the office is also told of every broken glass).
    """
    return await webhooks.register(service, actor, wanted)


@router.get("", summary="Webhook faskes ini (the facility's webhooks)")
async def listed(service: Svc, actor: Owner) -> Webhooks:
    """Semua webhook faskes ini, dengan yang menunggu dan yang mati."""
    return await webhooks.listed(service, actor)


@router.get("/{webhook}", summary="Satu webhook (one webhook)")
async def one(service: Svc, actor: Owner, webhook: Id) -> Webhook:
    """Keadaan satu webhook."""
    return await webhooks.one(service, actor, webhook)


@router.post("/{webhook}/test", summary="Kirim uji coba sekarang (send a test)")
async def test(service: Svc, actor: Owner, webhook: Id) -> Tried:
    """Mengirim pesan `test` yang ditandatangani, dan mengatakan jawabannya."""
    return await webhooks.tried(service, actor, webhook)


@router.post("/{webhook}/pause", summary="Hentikan sementara (pause)")
async def pause(service: Svc, actor: Owner, webhook: Id) -> Webhook:
    """Berhenti mengirim; tidak ada yang hilang, karena tempatnya di aliran perubahan tetap."""
    return await webhooks.turn(service, actor, webhook, "paused")


@router.post("/{webhook}/resume", summary="Lanjutkan (resume)")
async def resume(service: Svc, actor: Owner, webhook: Id) -> Webhook:
    """Mengirim lagi dari tempatnya berhenti, juga setelah alamatnya menjawab 410."""
    return await webhooks.turn(service, actor, webhook, "active")


@router.get("/{webhook}/deliveries", summary="Kiriman dan daftar mati (deliveries, dead letters)")
async def deliveries(
    service: Svc,
    actor: Owner,
    webhook: Id,
    state: Annotated[Literal["waiting", "delivered", "dead"] | None, Query(description="Keadaan (state)")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Deliveries:
    """Kiriman terbaru dahulu; `state=dead` adalah daftar mati. Yang berhasil disimpan tiga hari."""
    return await webhooks.deliveries(service, actor, webhook, state, limit)


@router.post("/{webhook}/resend", summary="Kirim lagi yang mati (re-send dead letters)")
async def resend(service: Svc, actor: Owner, webhook: Id, wanted: Resend) -> Resent:
    """Kiriman mati masuk antrean lagi dengan webhook-id yang sama; tanpa `ids` semuanya."""
    return await webhooks.resend(service, actor, webhook, wanted.ids)


@router.delete("/{webhook}", status_code=204, summary="Hapus webhook (delete a webhook)")
async def delete(service: Svc, actor: Owner, webhook: Id) -> Response:
    """Alamat itu tidak diberi tahu lagi, dan antreannya dibuang."""
    await webhooks.delete(service, actor, webhook)
    return Response(status_code=204)
