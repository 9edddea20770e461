"""Figures of referrals."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc
from services.kernel.sheets import XLSX
from services.referrals.contract import By, Figures, Formula
from services.referrals.routes.asking import Question
from services.referrals.rules.figures import FORMULAS, to_file
from services.referrals.usecases import figures as usecases
from services.referrals.usecases.show import DISTRICT

router = APIRouter(prefix="/v1/referrals/figures", tags=["Rujukan (referrals)"])

Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ANALYST, *DISTRICT))]
MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in MEDIA.values()}}
}


@router.get("", response_model=Figures, responses=FILES, summary="Angka rujukan (figures)")
async def figures(
    service: Svc,
    actor: Reader,
    asked: Question,
    by: Annotated[By, Query(description="Rincian (breakdown)")] = By.SENDER,
    format: Annotated[Literal["json", "csv", "xlsx"], Query(description="Bentuk jawaban (form)")] = "json",
) -> Any:
    """Keadaan saat ini dari rujukan yang dikirim dalam masa itu (30 hari terakhir bila tidak disebut): waktu jawab,
    penerimaan, kedatangan, lingkaran tertutup, rujuk balik, tindak lanjut, rasio rujukan non-spesialistik.

    Faskes melihat angkanya sendiri: yang dikirim, atau dengan `counts=askings` yang ditanyakan kepadanya. Tanpa nama
    pasien; bagi analis, diagnosis yang kurang dari 5 digabung. Rumus: `/v1/referrals/figures/formulas`. RRNS =
    `non_specialist` ÷ `vertical` (Peraturan BPJS Kesehatan No. 7 Tahun 2019).
    (As the referrals sent in the period stand now. A facility sees its own: what it sent, or with `counts=askings` what
    it was asked. No patients; for an analyst diagnoses of fewer than 5 are joined.)
    """
    found = await usecases.figures(service, actor, usecases.wanted(service, actor, asked, by), by)
    if format == "json":
        return found
    name = f"angka-rujukan-{by}-{found.since}-{found.until}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(to_file(found, format), media_type=MEDIA[format], headers=headers)


@router.get("/formulas", summary="Rumus angka rujukan (formulas)")
async def formulas(_: Reader) -> list[Formula]:
    """Arti dan rumus tiap angka dengan kata-kata, dan peraturannya. (Meaning and formula of each figure in words.)"""
    return list(FORMULAS)
