"""VClaim and iCare (`/v1/jkn/vclaim`, `/v1/jkn/icare`)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Response

from services.coverage.contract.vclaim import (
    IcareAsked,
    IcareLink,
    Origin,
    Prbs,
    ReferralNumber,
    ReferralUses,
    VclaimMember,
    VclaimMemberAsked,
    VclaimReferrals,
    VclaimReferralsAsked,
)
from services.coverage.usecases import icare
from services.coverage.usecases import vclaim as usecases
from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/jkn", tags=["VClaim dan iCare (VClaim and iCare)"])

ActorAsking = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.JKN_CONNECTOR))]
Treating = Annotated[
    Actor, Depends(allow(Role.CLINICIAN, Role.CLINIC_SYSTEM, Role.PUSKESMAS_STAFF, Role.HOSPITAL))
]  # fmt: skip
OfFacility = Annotated[
    FacilityCode | None,
    Query(description="Jalur faskes mana; bawaan faskes pada token (whose line)", examples=["P1410010101"]),
]
OfOrigin = Annotated[Origin, Query(description="Asal rujukan: fktp atau hospital (where it comes from)")]
Number = Annotated[
    ReferralNumber, Path(description="Nomor rujukan (noKunjungan PCare)", examples=["9914P0011126Y000001"])
]
LONGEST = 92
"""Days of back-referral letters asked for at once."""


@router.post("/vclaim/member", summary="Peserta menurut VClaim (a member by VClaim)")
async def member(
    service: Svc,
    actor: ActorAsking,
    asked: Annotated[
        VclaimMemberAsked,
        Body(openapi_examples={"nik": {"summary": "Dengan NIK (by NIK)", "value": {"nik": "1410014107900001"}}}),
    ],
) -> VclaimMember:
    """Status peserta pada satu hari menurut VClaim (sisi rumah sakit): segmen, kelas, FKTP, PRB. Nomor dikirim dalam
    isi permintaan, tidak di alamat. Dengan `person_id` perlu hubungan layanan (care relation)."""
    return await usecases.member(service, actor, asked)


@router.post("/vclaim/referrals", summary="Rujukan seorang peserta menurut VClaim (a member's referrals)")
async def referrals(
    service: Svc,
    actor: ActorAsking,
    asked: Annotated[
        VclaimReferralsAsked,
        Body(openapi_examples={"nik": {"summary": "Dengan NIK (by NIK)", "value": {"nik": "1410014107900001"}}}),
    ],
) -> VclaimReferrals:
    """Rujukan yang masih berlaku, dari FKTP atau dari rumah sakit; kosong bila tidak ada (none: an empty list)."""
    return await usecases.referrals(service, actor, asked)


@router.get("/vclaim/referrals", summary="Satu rujukan menurut VClaim (one referral by its number)")
async def referral(
    service: Svc,
    actor: ActorAsking,
    number: Annotated[
        ReferralNumber, Query(description="Nomor rujukan (noKunjungan PCare)", examples=["9914P0011126Y000001"])
    ],
    origin: OfOrigin = "fktp",
    facility: OfFacility = None,
) -> VclaimReferrals:
    """Rujukan yang dibuat faskes ini, atau milik orang yang punya hubungan layanan dengannya; yang lain dijawab sama
    seperti tidak ada: kosong (any other is answered as if there were none)."""
    return await usecases.referral(service, actor, number, origin, facility)


@router.get("/vclaim/referrals/{number}/uses", summary="Rujukan sudah dipakai? (has a referral been used?)")
async def uses(
    service: Svc, actor: ActorAsking, number: Number, origin: OfOrigin = "fktp", facility: OfFacility = None
) -> ReferralUses:
    """Berapa SEP dibuat dengan rujukan ini; rujukan hanya untuk satu kali pemakaian (one use)."""
    return await usecases.uses(service, actor, number, origin, facility)


@router.get("/vclaim/prb", summary="Surat rujuk balik menurut VClaim (back-referral letters)")
async def prbs(
    service: Svc,
    actor: ActorAsking,
    first: Annotated[date, Query(alias="from", description="Sejak (from)", examples=["2026-11-01"])],
    last: Annotated[date, Query(alias="to", description="Sampai (to)", examples=["2026-11-30"])],
    facility: OfFacility = None,
) -> Prbs:
    """Surat rujuk balik (PRB) yang dibuat lewat jalur ini pada rentang tanggal, paling lama 92 hari."""
    if not 0 <= (last - first).days <= LONGEST:
        text = Text("sesudah `from`, paling lama 92 hari", "after `from`, 92 days at most")
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), [Fault("/to", text, "range")])
    return await usecases.prbs(service, actor, first, last, facility)


@router.get("/vclaim/prb/{number}", summary="Satu surat rujuk balik (one back-referral letter)")
async def prb(
    service: Svc,
    actor: ActorAsking,
    number: Annotated[ReferralNumber, Path(description="noSRB", examples=["70000001"])],
    sep: Annotated[ReferralNumber, Query(description="noSEP", examples=["9914R0001126V000001"])],
    facility: OfFacility = None,
) -> Prbs:
    """Surat rujuk balik menurut nomornya dan nomor SEP-nya; kosong bila tidak ada (none: an empty list)."""
    return await usecases.prb(service, actor, number, sep, facility)


@router.post("/icare", summary="Tautan riwayat iCare (a link to iCare)")
async def icare_link(service: Svc, actor: Treating, asked: IcareAsked, response: Response) -> IcareLink:
    """Tautan ke halaman BPJS yang menampilkan riwayat pelayanan peserta, untuk yang sedang menanganinya (perlu
    hubungan layanan). Tautannya berlaku sebentar dan tidak disimpan di sini (kept nowhere here)."""
    response.headers["Cache-Control"] = "no-store"
    return await icare.link(service, actor, asked)
