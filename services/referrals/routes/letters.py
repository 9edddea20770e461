"""The letter over HTTP: the PDF, the numbers of others, and the two public addresses that verify it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow, public
from services.kernel.service import Svc
from services.referrals.contract.letters import Claim, Form, NewNumber, Numbers, PublicLetter, Verdict
from services.referrals.routes.referrals import CONFLICT, Id, Stepper
from services.referrals.rules.paper import Size
from services.referrals.usecases import letters, numbers

router = APIRouter(prefix="/v1/referrals", tags=["Rujukan (referrals)"])

Noter = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.JKN_CONNECTOR))]
Number = Annotated[
    str,
    Path(
        pattern=r"^[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}(-(\d{1,3}|[Bb])(-?[0-9A-Fa-f]{6})?)?$",
        description="Nomor pada surat, lengkap (number on the letter, whole)",
        examples=["CD08-63C1-F6FD"],
    ),
]
PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}
NUMBER_EXAMPLES: dict[str, Any] = {
    "pcare": {
        "summary": "Nomor kunjungan PCare (a PCare number)",
        "value": {"system": "pcare", "value": "9914D0011126Y000001"},
    },
    "satusehat": {
        "summary": "Nomor rujukan SATUSEHAT (a SATUSEHAT number)",
        "value": {"system": "satusehat", "value": "SATUSEHAT0000123"},
    },
}


@router.get("/letters/{number}", dependencies=[Depends(public)], summary="Periksa surat (check a letter)")
async def check(request: Request, service: Svc, number: Number) -> PublicLetter:
    """Asli atau tidak, dari mana ke mana, tanggal, berlaku sampai kapan, dan apakah masih berlaku; tanpa data pasien.
    Dipakai halaman `/rujukan/periksa`. (Genuine or not, and whether it still holds; nothing of the patient.)
    """
    return await letters.check(service, number, service.auth.origin(request).partition(" ")[0])


@router.post("/letters/{number}/check", dependencies=[Depends(public)], summary="Cocokkan pasien (compare the patient)")
async def compare(request: Request, service: Svc, number: Number, claim: Claim) -> Verdict:
    """Cocok atau tidaknya tanggal lahir atau 4 angka terakhir NIK dengan pasien pada surat; lima kali sehari untuk satu
    surat. (Match or no match; five times a day for one letter.)
    """
    return await letters.compare(service, number, claim, service.auth.origin(request))


@router.get("/{referral}/letter", response_class=Response, responses=PDF, summary="Surat rujukan (letter)")
async def letter(
    service: Svc,
    actor: Stepper,
    referral: Id,
    form: Annotated[Form, Query(description="Surat rujukan, atau surat rujuk balik (which letter)")] = Form.REFERRAL,
    paper: Annotated[Size, Query(description="Ukuran kertas (paper)")] = Size.A4,
) -> Response:
    """Surat dalam PDF untuk dicetak: identitas pasien diambil dari rekam bersama menurut hak penanya, atau dari resume
    yang ikut saat dikirim. Hanya bagi yang boleh membaca isi rujukan; tercatat. (The letter as PDF; the patient's
    identity is asked of the record by the asker's own rights, or is what went along at sending.)
    """
    made = await letters.letter(service, actor, referral, form, paper)
    headers = {"Content-Disposition": f'inline; filename="{made.name}"', "Cache-Control": "no-store"}
    return Response(made.pdf, 200, headers, "application/pdf")


@router.put("/{referral}/numbers", responses=CONFLICT, summary="Catat nomor sistem lain (note another's number)")
async def put(
    service: Svc, actor: Noter, referral: Id, given: Annotated[NewNumber, Body(openapi_examples=NUMBER_EXAMPLES)]
) -> Numbers:
    """Nomor PCare, VClaim, SATUSEHAT atau SISRUTE untuk rujukan ini; nomor yang sama dua kali bukan kesalahan. Tanggal
    akhir dari BPJS mengalahkan hitungan sendiri. (Numbers given by others; the same one twice is no error.)
    """
    return await numbers.put(service, actor, referral, given)
