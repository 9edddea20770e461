"""SQL of clients, staff and signing keys."""

from typing import Any

from services.facilities.contract import ClientOut, StaffOut
from services.facilities.queries.listing import Chosen, Listing
from services.kernel.db import Connection, Tx

KEY_LOCK = 0x5167

_CLIENT = """
SELECT c.secret_hash, c.face, c.role, CASE WHEN f.kind <> 'dinkes' THEN c.facility END AS facility
FROM client c JOIN facility f ON f.code = c.facility AND f.active
WHERE c.id = $1 AND c.revoked_at IS NULL
"""
_STAFF = """
SELECT s.password_hash, s.role, s.facility AS belongs, CASE WHEN f.kind <> 'dinkes' THEN s.facility END AS facility
FROM staff s LEFT JOIN facility f ON f.code = s.facility
WHERE s.username = $1 AND s.active AND (s.facility IS NULL OR f.active)
"""
_ADD_CLIENT = """
INSERT INTO client (id, name, secret_hash, facility, face, role) VALUES ($1, $2, $3, $4, $5, $6) RETURNING created_at
"""
CLIENTS = Listing(
    "client", ClientOut, key=("id",), sorts=("id", "name", "facility", "role", "created_at", "revoked_at"), named="name"
)
_REVOKE = "UPDATE client SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING id"
_ADD_STAFF = """
INSERT INTO staff (username, name, password_hash, role, facility) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING created_at
"""
STAFF = Listing(
    "staff", StaffOut, key=("username",), sorts=("username", "name", "facility", "role", "created_at"), named="name"
)
_FIRST_STAFF = """
INSERT INTO staff (username, name, password_hash, role) SELECT $1, $2, $3, $4
WHERE NOT EXISTS (SELECT FROM staff) ON CONFLICT DO NOTHING
"""


async def client(conn: Connection, client_id: str) -> dict[str, Any] | None:
    """What a token needs of a client that is not revoked and whose facility is open."""
    row = await conn.fetchrow(_CLIENT, client_id)
    return dict(row) if row else None


async def staff(conn: Connection, username: str) -> dict[str, Any] | None:
    """What a token needs of an active account; `belongs` is its facility even when that is the office."""
    row = await conn.fetchrow(_STAFF, username)
    return dict(row) if row else None


async def add_client(tx: Tx, client_id: str, name: str, secret: bytes, facility: str, face: str, role: str) -> Any:
    """Insert a client; when it was created."""
    return await tx.fetchval(_ADD_CLIENT, client_id, name, secret, facility, face, role)


def clients(facility: str | None, name: str | None) -> Chosen:
    """Clients of a facility, by parts of their name, revoked ones too."""
    return CLIENTS.chosen().equal("facility", facility).named(name)


async def revoke(tx: Tx, client_id: str) -> bool:
    """Mark a client revoked; False when there is none."""
    return await tx.fetchval(_REVOKE, client_id) is not None


async def add_staff(tx: Tx, username: str, name: str, password: str, role: str, facility: str | None) -> Any:
    """Insert an account; when it was created, or None when the name is taken."""
    return await tx.fetchval(_ADD_STAFF, username, name, password, role, facility)


def staff_of(facility: str | None, name: str | None) -> Chosen:
    """Accounts of a facility, by parts of their name, closed ones too."""
    return STAFF.chosen().equal("facility", facility).named(name)


async def set_password(tx: Tx, username: str, password: str) -> None:
    """Replace a password hash."""
    await tx.execute("UPDATE staff SET password_hash = $2 WHERE username = $1", username, password)


async def close_staff(tx: Tx, username: str) -> None:
    """Close an account."""
    await tx.execute("UPDATE staff SET active = false WHERE username = $1", username)


async def no_staff(conn: Connection) -> bool:
    """Whether there is no account at all."""
    return not await conn.fetchval("SELECT EXISTS (SELECT FROM staff)")


async def first_staff(tx: Tx, username: str, name: str, password: str, role: str) -> None:
    """Insert the first account, unless another process was faster."""
    await tx.execute(_FIRST_STAFF, username, name, password, role)


async def keys(conn: Connection) -> list[tuple[str, str]]:
    """Signing keys (kid, PEM), newest first."""
    rows = await conn.fetch("SELECT kid, private_pem FROM signing_key ORDER BY created_at DESC, kid")
    return [(r["kid"], r["private_pem"]) for r in rows]


async def first_key(tx: Tx, kid: str, pem: str) -> None:
    """Insert the first signing key, unless another process was faster."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", KEY_LOCK)
    await tx.execute(
        "INSERT INTO signing_key (kid, private_pem) SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM signing_key)", kid, pem
    )
