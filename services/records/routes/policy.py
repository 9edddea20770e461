"""The access policy over HTTP (`/v1/access-policy`)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.kernel.auth import Actor, Role, allow
from services.kernel.service import Svc
from services.records.contract.policy import NewPolicyValue, PolicyValue
from services.records.usecases import policy

router = APIRouter(tags=["Kebijakan akses (access policy)"])
Office = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]
Watcher = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.AUDITOR))]
Name = Annotated[
    str, Path(pattern=r"^[a-z-]{3,40}$", description="Nama kebijakan (policy)", examples=["private-agreement"])
]
Day = Annotated[date, Path(description="Hari mulai berlaku (first day)", examples=["2099-01-01"])]


@router.get("/v1/access-policy", summary="Kebijakan akses (access policy)")
async def values(service: Svc, _: Watcher) -> list[PolicyValue]:
    """Semua nilai kebijakan akses beserta hari mulai berlakunya, yang lalu dan yang akan datang."""
    return await policy.values(service)


@router.put("/v1/access-policy/{name}/{valid_from}", summary="Tetapkan kebijakan akses (set a policy)")
async def put(service: Svc, _: Office, name: Name, valid_from: Day, asked: NewPolicyValue) -> PolicyValue:
    """Tetapkan nilai sebuah kebijakan sejak suatu hari, hari ini atau sesudahnya. `private-agreement` = `required`:
    sejak hari itu faskes swasta hanya melihat catatan faskes lain selama perjanjiannya berlaku. `referral-days`: berapa
    hari sesudah rujukan ditutup penerimanya masih melihat catatan (how long a closed referral opens the record)."""
    return await policy.put(service, name, valid_from, asked.value)
