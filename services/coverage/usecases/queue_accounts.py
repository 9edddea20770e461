"""The accounts BPJS signs in with, one or more a facility; passwords are made here, shown once, and kept hashed."""

import secrets
import string

from services.coverage.contract.queue import QueueAccountMade, QueueAccountOut
from services.coverage.queries import queue_accounts as queries
from services.coverage.usecases import queue
from services.kernel import passwords
from services.kernel.auth import Actor
from services.kernel.problems import Conflict, NotFound, Text
from services.kernel.service import Service

_LETTERS = string.ascii_letters + string.digits
_LENGTH = 24
_NONE = Text("Akun tidak ditemukan", "No such account")


async def make(service: Service, actor: Actor, username: str, asked: str | None) -> QueueAccountMade:
    """A new account of a facility. Raises Conflict, Refused, Unprocessable."""
    facility = await queue.known(service, actor, asked)
    password = _password()
    stored = await passwords.hashed(service, password)
    async with service.db.transaction() as tx:
        made = await queries.add(tx, username, facility, stored, actor.subject)
    if made is None:
        raise Conflict(Text("Nama pengguna sudah dipakai", "The user name is taken"))
    return QueueAccountMade(**made, password=password)


async def listed(service: Service, actor: Actor) -> list[QueueAccountOut]:
    """The facility's accounts; the office sees all."""
    async with service.db.reading() as conn:
        return [QueueAccountOut(**row) for row in await queries.listed(conn, actor.facility)]


async def renew(service: Service, actor: Actor, username: str) -> QueueAccountMade:
    """Another password; tokens of the old one end at once. Raises NotFound."""
    password = _password()
    stored = await passwords.hashed(service, password)
    async with service.db.transaction() as tx:
        made = await queries.renew(tx, username, actor.facility, stored)
    if made is None:
        raise NotFound(_NONE)
    return QueueAccountMade(**made, password=password)


async def close(service: Service, actor: Actor, username: str) -> None:
    """It can sign in no more. Raises NotFound."""
    async with service.db.transaction() as tx:
        if not await queries.close(tx, username, actor.facility):
            raise NotFound(_NONE)


def _password() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
