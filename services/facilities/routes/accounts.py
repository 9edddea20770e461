"""Clients and staff over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.facilities.contract import ClientOut, Page, StaffOut
from services.facilities.queries import accounts as queries
from services.facilities.routes import paging
from services.facilities.routes.filters import NameFilter
from services.facilities.rules.listing import Asked
from services.facilities.usecases import accounts
from services.kernel.auth import Actor, Role, allow
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Akun (accounts)"])

Admin = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]
Keeper = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.FACILITY_ADMIN))]
Person = Annotated[Actor, Depends(allow(*Role))]

AnyCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{1,31}$"),
    Field(description="Kode faskes: kode registri, nomor SATUSEHAT, atau kode BPJS (any of its codes)"),
]
Named = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,200}$", strip_whitespace=True)]
Username = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$", to_lower=True)]
Password = Annotated[str, StringConstraints(min_length=8, max_length=200)]
ClientId = Annotated[str, Path(pattern=r"^[a-z0-9-]{3,80}$", examples=["p1410010101-3f9a1c2b7d5e"])]
AccountName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$", examples=["bidan.rina"])]


class ClientIn(BaseModel):
    """Pendaftaran aplikasi sebuah faskes (a client application)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"facility": "P1410010101", "face": "satusehat"}]}
    )

    facility: AnyCode
    role: Role | None = Field(
        None, description="Bawaan menurut jenis faskes (default by kind: clinic-system; rs: hospital)"
    )
    face: Literal["fhir", "satusehat"] = Field(
        "fhir", description="Bentuk jawaban: FHIR murni, atau seperti SATUSEHAT (shape of answers)"
    )
    name: Named | None = Field(None, examples=["SIMPUS Selatpanjang"])


class ClientMade(ClientOut):
    """Aplikasi baru; `secret` hanya tampil kali ini (shown once)."""

    secret: str


class StaffIn(BaseModel):
    """Akun staf (staff account)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "username": "bidan.rina", "password": "ganti-segera-2026", "role": "clinician",
                    "facility": "P1410010101", "name": "Bidan Rina",
                }
            ]
        },
    )  # fmt: skip

    username: Username
    password: Password = Field(description="Paling sedikit 8 huruf (at least 8 characters)")
    role: Role
    facility: AnyCode | None = Field(None, description="Wajib untuk peran di faskes (required for facility roles)")
    name: Named | None = None


class PasswordIn(BaseModel):
    """Kata sandi baru (new password)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"password": "kata-sandi-baru"}]})

    password: Password
    current: str | None = Field(
        None, max_length=200, description="Wajib bila mengganti milik sendiri (required for one's own)"
    )


@router.post("/clients", status_code=201, summary="Daftarkan aplikasi (register a client)")
async def add_client(service: Svc, _: Admin, body: ClientIn, response: Response) -> ClientMade:
    """Id dan secret untuk aplikasi sebuah faskes. Secret ditampilkan sekali ini saja dan disimpan sebagai sidik.

    (The secret is shown once and stored as a hash only.)
    """
    made = await accounts.add_client(service, body.facility, body.role, body.face, body.name)
    response.headers["Cache-Control"] = "no-store"
    return ClientMade(
        id=made.id, secret=made.secret, name=made.name, facility=made.facility, face=made.face, role=made.role,
        created_at=made.created_at,
    )  # fmt: skip


@router.get("/clients", summary="Daftar aplikasi (clients)", response_model=Page[ClientOut], responses=paging.FORMS)
async def list_clients(
    service: Svc, _: Admin, request: Request, asked: Annotated[Asked, paging.of(queries.CLIENTS)],
    facility: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9-]{2,32}$")] = None, name: NameFilter = None,
) -> Response:  # fmt: skip
    """Aplikasi menurut id, juga yang sudah dicabut (by id, revoked ones too)."""
    return await paging.answer(service, request, queries.clients(facility, name), asked)


@router.delete("/clients/{client_id}", status_code=204, summary="Cabut aplikasi (revoke a client)")
async def revoke_client(service: Svc, _: Admin, client_id: ClientId) -> None:
    """Tidak ada token baru lagi; token yang sudah terbit habis dalam 4 jam (issued tokens run out within 4 hours)."""
    await accounts.revoke_client(service, client_id)


@router.post("/staff", status_code=201, summary="Buka akun staf (open a staff account)")
async def add_staff(service: Svc, actor: Keeper, body: StaffIn) -> StaffOut:
    """Dinkes untuk siapa pun; admin faskes untuk staf faskesnya sendiri.

    (The health office for anyone; a facility's admin for its own staff.)
    """
    made = await accounts.add_staff(
        service, actor, body.username, body.password, body.role, body.facility, body.name
    )  # fmt: skip
    return StaffOut(**made)


@router.get(
    "/staff", summary="Daftar akun staf (staff accounts)", response_model=Page[StaffOut], responses=paging.FORMS
)  # fmt: skip
async def list_staff(
    service: Svc, actor: Keeper, request: Request, asked: Annotated[Asked, paging.of(queries.STAFF)],
    facility: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9-]{2,32}$")] = None, name: NameFilter = None,
) -> Response:  # fmt: skip
    """Akun menurut nama pengguna; admin faskes melihat faskesnya sendiri (by user name)."""
    return await paging.answer(service, request, accounts.seen(actor, facility, name), asked)


@router.put("/staff/{username}/password", status_code=204, summary="Ganti kata sandi (set a password)")
async def set_password(service: Svc, actor: Person, username: AccountName, body: PasswordIn) -> None:
    """Milik sendiri dengan `current`; milik orang lain oleh admin (one's own with `current`; others' by an admin)."""
    await accounts.set_password(service, actor, username, body.password, body.current)


@router.delete("/staff/{username}", status_code=204, summary="Tutup akun staf (close an account)")
async def close_staff(service: Svc, actor: Keeper, username: AccountName) -> None:
    """Tidak ada token baru lagi untuk akun ini (no new tokens)."""
    await accounts.close_staff(service, actor, username)
