"""The care standards behind the numbers."""

from fastapi import APIRouter

from services.indicators.contract import StandardShown
from services.indicators.routes.common import Reader, StandardName
from services.indicators.usecases import numbers
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/standards", tags=["Standar layanan (care standards)"])


@router.get("", summary="Semua standar layanan (all care standards)")
async def catalogue(service: Svc, _: Reader) -> list[StandardShown]:
    """Peraturan, rumus, sasaran, butir dan syaratnya, seperti dalam berkas standar. (Regulation, formula, population
    and items, as in the standard's file.)
    """
    return numbers.catalogue(service)


@router.get("/{standard}", summary="Satu standar layanan (one care standard)")
async def one(service: Svc, _: Reader, standard: StandardName) -> StandardShown:
    """Satu standar; bila hanya layanannya disebut, yang terbaru. (One standard; by its service, the newest.)"""
    return numbers.one_standard(service, standard)
