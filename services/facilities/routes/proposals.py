"""Change requests over HTTP."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field

from services.facilities.contract import Page
from services.facilities.contract.proposals import Proposal, ProposalDetail, ProposalState, ProposalVerb, Value
from services.facilities.queries import proposals as queries
from services.facilities.routes import paging
from services.facilities.routes.filters import CodeFilter
from services.facilities.rules.listing import Asked
from services.facilities.usecases import proposals as usecases
from services.facilities.usecases.proposals import Wished
from services.kernel.auth import Actor, Role, allow
from services.kernel.openapi import ProblemBody
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/proposals", tags=["Usulan perubahan (proposals)"])

PROPOSERS = (Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF, Role.CLINIC_SYSTEM)
Proposer = Annotated[Actor, Depends(allow(*PROPOSERS))]
Office = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]
Reader = Annotated[Actor, Depends(allow(*PROPOSERS, Role.DINKES_ADMIN, Role.AUDITOR))]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", pattern=r"^[\x21-\x7e]{1,100}$",
        description="Kiriman ulang dengan kunci yang sama tidak membuat usulan kedua (a retry makes no second one)",
    ),
]  # fmt: skip
Reason = Annotated[str, Field(min_length=3, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f]*$")]
EXAMPLES = {
    "approve": "db53e7fd-173c-5621-91d2-20bd3b24727a", "reject": "dad0c551-e773-5d68-9cbb-a3af66d73e90",
    "return": "dde6b473-e7e4-550d-85ab-38f0df0ce85d", "resubmit": "10a6e2bf-43dc-5eb0-98fd-5f400cf0d77c",
    "withdraw": "e28c5cc9-3651-5895-85df-23f99040b6da",
}  # fmt: skip
"""The demo puskesmas' proposals, one for each step."""


def _id(step: str) -> Any:
    pattern = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
    return Path(pattern=pattern, description="Nomor usulan (proposal)", examples=[EXAMPLES[step]])


class NewProposal(BaseModel):
    """Satu baris yang diusulkan berubah, atau baris baru (one row to be changed, or a new one)."""

    of: str = Field(
        max_length=40, examples=["facility"], description="Jenis data: facility, practitioner, … (aggregate)"
    )
    key: str | None = Field(
        None, max_length=200, examples=["P1410010101"],
        description="Kunci barisnya, bagian-bagian dipisah `/`; kosong = baris baru (its key; empty: a new row)",
    )  # fmt: skip
    values: dict[Annotated[str, Field(max_length=40)], Value] = Field(
        min_length=1, max_length=60, examples=[{"phone": "0763-990101"}],
        description="Isian baru; null mengosongkan (new values; null empties)",
    )  # fmt: skip
    note: Reason | None = Field(None, description="Alasan, tanpa nama orang (why)", examples=["Nomor telepon baru"])


class Approval(BaseModel):
    """Persetujuan (an approval)."""

    row_version: int | None = Field(
        None, ge=0, description="`current_version` yang Anda lihat (the row's version that you saw)"
    )
    reason: Reason | None = Field(None, examples=["Sesuai surat puskesmas"])


class Because(BaseModel):
    """Alasan (a reason)."""

    reason: Reason = Field(examples=["Lampirkan surat keterangan pindah"])


class Perhaps(BaseModel):
    """Alasan bila ada (a reason, if any)."""

    reason: Reason | None = Field(None, examples=["Tidak jadi berubah"])


class Again(BaseModel):
    """Usulan ulang (asked again)."""

    values: dict[Annotated[str, Field(max_length=40)], Value] | None = Field(
        None, min_length=1, max_length=60, examples=[{"phone": "0763-990104"}],
        description="Kosong = isian yang sama (empty: the same values)",
    )  # fmt: skip
    reason: Reason | None = Field(None, examples=["Nomor sudah diperbaiki"])


class Taken(BaseModel):
    """Langkah terakhir (the last step)."""

    verb: ProposalVerb
    at: datetime
    by: str
    reason: str | None


class NotNow(ProblemBody):
    """Langkah tidak sah sekarang, atau datanya berubah (not legal now, or the row has changed)."""

    state: ProposalState | None = None
    legal: list[ProposalVerb] | None = None
    last: Taken | None = None
    row_version: int | None = None
    diff: list[dict[str, Any]] | None = None


CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {
        "model": NotNow,
        "description": "Sudah diputuskan orang lain (`state`, `legal`, `last`), atau datanya berubah (`row_version`, "
        "`diff`) (decided by somebody else, or the row has changed)",
    }
}


@router.post(
    "", status_code=201, summary="Usulkan perubahan (propose)", response_model=ProposalDetail,
    responses={**CONFLICT, 200: {"model": ProposalDetail, "description": "Sudah ada (stored before)"}},
)  # fmt: skip
async def propose(
    service: Svc, actor: Proposer, response: Response, asked: NewProposal, key: Key = None
) -> ProposalDetail:
    """Faskes mengusulkan perubahan datanya sendiri (telepon, alamat, buka-tutup, tenaga baru, …); puskesmas juga untuk
    pustu dan posyandu di wilayah kerjanya. Diperiksa dengan aturan yang sama seperti muatan berkas; belum mengubah apa
    pun. (A facility proposes changes of its own data; checked by the loader's rules, nothing changes yet.)
    """
    wished = Wished(asked.of, asked.key, asked.values)
    id_, new = await usecases.propose(service, actor, wished, asked.note, key)
    response.status_code = 201 if new else 200
    return await usecases.one(service, actor, id_)


@router.get("", summary="Daftar usulan (proposals)", response_model=Page[Proposal], responses=paging.FORMS)
async def page(
    service: Svc, actor: Reader, request: Request, asked: Annotated[Asked, paging.of(queries.PROPOSALS)],
    state: Annotated[list[ProposalState] | None, Query(description="Boleh berulang (repeatable)")] = None,
    of: Annotated[str | None, Query(max_length=40, description="Jenis data (aggregate)")] = None,
    facility: CodeFilter = None,
) -> Response:  # fmt: skip
    """Faskes melihat usulannya dan yang menyangkut dirinya; dinas melihat semua. Terbaru dahulu bila urutan tidak
    disebut. (A facility sees its own; newest first unless an order is named.)
    """
    newest = replace(asked, sort=asked.sort or "-made_at")
    return await paging.answer(service, request, usecases.wanted(actor, state, of, facility), newest)


@router.get("/{proposal}", summary="Satu usulan dan bedanya (one proposal)")
async def one(service: Svc, actor: Reader, proposal: Annotated[str, _id("approve")]) -> ProposalDetail:
    """Sekarang dan menjadi, dihitung terhadap data saat dibaca; riwayat langkahnya. (Computed now.)"""
    return await usecases.one(service, actor, proposal)


@router.post("/{proposal}/approve", summary="Setujui (approve)", responses=CONFLICT)
async def approve(
    service: Svc, actor: Office, proposal: Annotated[str, _id("approve")], asked: Approval
) -> ProposalDetail:
    """Menerapkan usulan dengan aturan muat, dalam satu transaksi; riwayat data menyebut usulannya. Bila data berubah
    sejak diusulkan atau dilihat: 409 dengan beda yang baru. (Applies it by the loader's rules.)
    """
    await usecases.approve(service, actor, proposal, asked.row_version, asked.reason)
    return await usecases.one(service, actor, proposal)


@router.post("/{proposal}/reject", summary="Tolak (reject)", responses=CONFLICT)
async def reject(
    service: Svc, actor: Office, proposal: Annotated[str, _id("reject")], asked: Because
) -> ProposalDetail:
    """Ditolak dengan alasan; selesai. (Rejected with a reason; it ends here.)"""
    await usecases.move(service, actor, proposal, ProposalVerb.REJECT, asked.reason)
    return await usecases.one(service, actor, proposal)


@router.post("/{proposal}/return", summary="Kembalikan (ask back)", responses=CONFLICT)
async def give_back(
    service: Svc, actor: Office, proposal: Annotated[str, _id("return")], asked: Because
) -> ProposalDetail:
    """Dikembalikan kepada pengusul dengan pertanyaan. (Back to the proposer with a question.)"""
    await usecases.move(service, actor, proposal, ProposalVerb.RETURN, asked.reason)
    return await usecases.one(service, actor, proposal)


@router.post("/{proposal}/resubmit", summary="Usulkan lagi (resubmit)", responses=CONFLICT)
async def resubmit(
    service: Svc, actor: Proposer, proposal: Annotated[str, _id("resubmit")], asked: Annotated[Again, Body()]
) -> ProposalDetail:
    """Sesudah dikembalikan: dengan isian lain atau yang sama. (After a return, with other values or the same.)"""
    await usecases.resubmit(service, actor, proposal, asked.values, asked.reason)
    return await usecases.one(service, actor, proposal)


@router.post("/{proposal}/withdraw", summary="Tarik usulan (withdraw)", responses=CONFLICT)
async def withdraw(
    service: Svc, actor: Proposer, proposal: Annotated[str, _id("withdraw")], asked: Perhaps
) -> ProposalDetail:
    """Pengusul menariknya sebelum diputuskan. (The proposer takes it back before it is decided.)"""
    await usecases.move(service, actor, proposal, ProposalVerb.WITHDRAW, asked.reason)
    return await usecases.one(service, actor, proposal)
