"""Client applications and staff accounts: who may enter, for which facility, in which role."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.facilities.contract import Kind
from services.facilities.queries import accounts as queries
from services.facilities.queries import facilities
from services.facilities.queries.listing import Chosen
from services.facilities.rules import roles, secrets
from services.kernel import passwords
from services.kernel.auth import Actor, Role
from services.kernel.problems import Conflict, Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client just registered; the only moment its secret exists in clear."""

    id: str
    secret: str
    name: str
    facility: str
    face: str
    role: str
    created_at: datetime


def _at(pointer: str, text: Text) -> Unprocessable:
    return Unprocessable(text, [Fault(pointer, text)])


async def _facility(service: Service, code: str) -> dict[str, Any]:
    async with service.db.reading() as conn:
        found = await facilities.resolve(conn, code)
    if found is None or not found["active"]:
        raise _at("/facility", Text("Faskes tidak ada di registri", "The facility is not in the registry"))
    return found


async def add_client(service: Service, facility: str, role: Role | None, face: str, name: str | None) -> NewClient:
    """Register an application for a facility given by any of its codes. Raises Unprocessable."""
    home = await _facility(service, facility)
    able = roles.client_roles(Kind(home["kind"]))
    role = role or able[0]
    if role not in able:
        raise _at("/role", roles.misfit(role, able))
    client_id, secret = secrets.new_client_id(home["code"]), secrets.new_secret()
    name = name or f"Aplikasi {home['name']}"
    async with service.db.transaction() as tx:
        made = await queries.add_client(tx, client_id, name, secrets.digest(secret), home["code"], face, role)
    return NewClient(client_id, secret, name, home["code"], face, role, made)


async def revoke_client(service: Service, client_id: str) -> None:
    """No new tokens for this client. Raises NotFound."""
    async with service.db.transaction() as tx:
        if not await queries.revoke(tx, client_id):
            raise NotFound(Text("Aplikasi tidak ditemukan", "No such client"))


async def add_staff(
    service: Service, actor: Actor, username: str, password: str, role: Role, facility: str | None, name: str | None
) -> dict[str, Any]:
    """Open an account; a facility-admin only at its own facility. Raises Unprocessable, Refused, Conflict."""
    if actor.role == Role.FACILITY_ADMIN:
        facility = facility or actor.facility
    home = await _facility(service, facility) if facility else None
    if actor.role == Role.FACILITY_ADMIN and (home is None or home["code"] != actor.facility):
        raise Refused(Text("Hanya untuk staf faskes Anda sendiri", "Only for staff of your own facility"))
    able = roles.staff_roles(Kind(home["kind"]) if home else None)
    if role not in able:
        raise _at("/role", roles.misfit(role, able))
    code, stored = home["code"] if home else None, await passwords.hashed(service, password)
    async with service.db.transaction() as tx:
        made = await queries.add_staff(tx, username, name or username, stored, role, code)
    if made is None:
        raise Conflict(Text("Nama pengguna sudah dipakai", "The user name is taken"))
    return {
        "username": username, "name": name or username, "role": role, "facility": code, "active": True,
        "created_at": made,
    }  # fmt: skip


def seen(actor: Actor, facility: str | None, name: str | None) -> Chosen:
    """The accounts a keeper sees; a facility-admin those of its own facility."""
    return queries.staff_of(actor.facility if actor.role == Role.FACILITY_ADMIN else facility, name)


async def set_password(service: Service, actor: Actor, username: str, password: str, current: str | None) -> None:
    """A new password: of one's own account with the current one, of others as administrator. Raises Refused."""
    async with service.db.reading() as conn:
        found = await queries.staff(conn, username)
    if actor.subject == username:
        if found is None or not await passwords.fits(service, current or "", found["password_hash"]):
            raise _at("/current", Text("Kata sandi sekarang salah", "The current password is wrong"))
    else:
        _own_staff(actor, found)
    stored = await passwords.hashed(service, password)
    async with service.db.transaction() as tx:
        await queries.set_password(tx, username, stored)


async def close_staff(service: Service, actor: Actor, username: str) -> None:
    """Close an account: no new tokens. Raises NotFound, Refused, Conflict for one's own."""
    async with service.db.reading() as conn:
        found = await queries.staff(conn, username)
    if actor.subject == username:
        raise Conflict(Text("Akun sendiri tidak dapat ditutup", "Your own account cannot be closed"))
    _own_staff(actor, found)
    async with service.db.transaction() as tx:
        await queries.close_staff(tx, username)


def _own_staff(actor: Actor, found: dict[str, Any] | None) -> None:
    """The account must exist and be within the actor's reach; out of reach looks like not there."""
    reach = actor.role == Role.DINKES_ADMIN or (
        actor.role == Role.FACILITY_ADMIN and found is not None and found["belongs"] == actor.facility
    )
    if found is None or not reach:
        raise NotFound(Text("Akun tidak ditemukan", "No such account"))
