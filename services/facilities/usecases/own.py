"""A facility by any of its codes, and whether the caller may do its work: the facility itself, or the office."""

from typing import Any

from services.facilities.queries import facilities
from services.kernel.auth import Actor, Role
from services.kernel.db import Connection
from services.kernel.problems import NotFound, Refused, Text


async def facility(conn: Connection, any_code: str) -> dict[str, Any]:
    """The facility behind any of its codes. Raises NotFound."""
    found = await facilities.resolve(conn, any_code)
    if found is None:
        raise NotFound(Text("Faskes tidak ada di registri", "The facility is not in the registry"))
    return found


def is_office(actor: Actor) -> bool:
    """Whether the caller is the office's administrator."""
    return actor.role == Role.DINKES_ADMIN


def is_own(actor: Actor, code: str) -> bool:
    """Whether the caller works there, or is the office's administrator."""
    return is_office(actor) or actor.facility == code


async def own(conn: Connection, actor: Actor, any_code: str) -> dict[str, Any]:
    """The facility, when it is the caller's own or the caller is the office. Raises NotFound, Refused."""
    found = await facility(conn, any_code)
    if not is_own(actor, found["code"]):
        raise Refused(Text("Hanya untuk faskes Anda sendiri dan Dinkes", "Only for your own facility and the office"))
    return found
