"""Where to refer, over HTTP: ranked candidates, and what a diagnosis asks for."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.problems import Fault, Invalid, Text
from services.kernel.service import Svc
from services.referrals.contract import Icd10, Kind, Urgency
from services.referrals.contract.candidates import CandidatesShown, Competence
from services.referrals.usecases import candidates as usecases
from services.referrals.usecases import competence

router = APIRouter(prefix="/v1/referrals", tags=["Rujukan (referrals)"])

Anyone = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN, Role.DINKES_ANALYST, Role.AUDITOR))]
Diagnosis = Annotated[Icd10, Query(examples=["I10"])]
OnDay = Annotated[date | None, Query(description="Pada hari itu; bawaan hari ini (on that day; default today)")]


@router.get("/competences", summary="Apakah diagnosis ini kompetensi FKTP? (first-level diagnosis?)")
async def competences(service: Svc, _: Anyone, diagnosis: Diagnosis, on: OnDay = None) -> Competence:
    """Bila ya, rujukan ke atas (vertical) dari FKTP yang bukan gawat darurat memerlukan `tacc` atau `limit`; pilihannya
    ada di jawaban. Daftarnya: /v1/diagnoses/non-specialist. (If so, a vertical referral from the first level that is
    not an emergency needs `tacc` or `limit`; the choices are in the answer.)
    """
    return await competence.one(service, diagnosis, on)


Seeker = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]


@router.get("/candidates", summary="Ke mana merujuk? (candidates, ranked)")
async def candidates(
    service: Svc, actor: Seeker, diagnosis: Annotated[Icd10, Query(examples=["O14.1"])],
    kind: Annotated[Kind | None, Query(description="Arah; tanpa ini semua tingkat (direction)")] = None,
    urgency: Urgency = Urgency.ROUTINE,
    service_: Annotated[
        list[str] | None,
        Query(alias="service", max_length=10, description="Layanan yang harus ada, boleh berulang (must be offered)"),
    ] = None,
    at: Annotated[
        datetime | None, Query(description="Kapan dibutuhkan; tanpa zona = waktu setempat; bawaan sekarang (when)")
    ] = None,
    near: Annotated[
        str | None,
        Query(
            pattern=r"^-?\d{1,2}(\.\d{1,8})?,-?\d{1,3}(\.\d{1,8})?$",
            description="Lintang,bujur asal; bawaan letak faskes pengirim (from where; default the sender's place)",
        ),
    ] = None,
    facility: Annotated[
        FacilityCode | None, Query(description="Hanya untuk dinas: faskes pengirim (the sender; the office only)")
    ] = None,
    payer: Annotated[Literal["jkn", "self", "other"] | None, Query(description="Penjamin (payer)")] = None,
    within_km: Annotated[float | None, Query(gt=0, le=1000, description="Paling jauh (at most so far)")] = None,
    area: Annotated[
        str | None,
        Query(pattern=r"^\d{2,10}$", description="Hanya di wilayah ini, kode Kemendagri (only in this area)"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    all_: Annotated[bool, Query(alias="all", description="Sertakan yang bukan calon dan sebabnya (and why not)")]
    = False,
) -> CandidatesShown:  # fmt: skip
    """Calon tujuan menurut peringkat, dengan nilai, bobot, dan kata untuk setiap kriteria: kompetensi, layanan, jam
    buka, jarak, kapasitas yang dilaporkan (yang lama dianggap tidak diketahui), JKN, perjanjian, lama menjawab, dan
    penerimaan 90 hari terakhir. Bobotnya data bertanggal: /v1/candidate-rules. (Ranked candidates with the reasons for
    their rank; the weights are dated data.)
    """
    sender = facility if actor.role == Role.DINKES_ADMIN else actor.facility
    asked = usecases.Asked(
        diagnosis, kind, urgency, service_ or (), _local(service, at), sender, _point(near), payer, within_km, area,
        limit, all_,
    )  # fmt: skip
    return await usecases.find(service, asked)


def _local(service: Svc, moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=service.clock.zone) if moment and moment.tzinfo is None else moment


def _point(near: str | None) -> tuple[float, float] | None:
    if near is None:
        return None
    latitude, longitude = map(float, near.split(","))
    if abs(latitude) > 90 or abs(longitude) > 180:
        text = Text("Lintang -90 sampai 90, bujur -180 sampai 180", "Latitude -90 to 90, longitude -180 to 180")
        raise Invalid(text, [Fault("/query/near", text)])
    return latitude, longitude
