"""SQL of the accounts BPJS signs in with."""

from typing import Any

from services.kernel.db import Connection, Tx

_SHOWN = "username, facility, made_by, made_at, changed_at, closed_at"


async def open_account(conn: Connection, username: str) -> dict[str, Any] | None:
    """An account that stands, of a facility that is open: its facility and its password's hash."""
    row = await conn.fetchrow(
        "SELECT a.username, a.facility, a.password_hash FROM queue_account a JOIN facility f ON f.code = a.facility"
        " WHERE a.username = $1 AND a.closed_at IS NULL AND f.active",
        username,
    )
    return dict(row) if row else None


async def add(tx: Tx, username: str, facility: str, password_hash: str, by: str) -> dict[str, Any] | None:
    """A new account, or None when the name is taken."""
    row = await tx.fetchrow(
        f"INSERT INTO queue_account (username, facility, password_hash, made_by) VALUES ($1, $2, $3, $4)"
        f" ON CONFLICT DO NOTHING RETURNING {_SHOWN}",
        username, facility, password_hash, by,
    )  # fmt: skip
    return dict(row) if row else None


async def listed(conn: Connection, facility: str | None) -> list[dict[str, Any]]:
    """Accounts of a facility (None: of all), those that were closed too."""
    rows = await conn.fetch(
        f"SELECT {_SHOWN} FROM queue_account WHERE facility = coalesce($1, facility) ORDER BY username", facility
    )
    return [dict(r) for r in rows]


async def renew(tx: Tx, username: str, facility: str | None, password_hash: str) -> dict[str, Any] | None:
    """Another password; what was signed in with the old one ends."""
    row = await tx.fetchrow(
        f"UPDATE queue_account SET password_hash = $3, changed_at = now(), closed_at = NULL"
        f" WHERE username = $1 AND facility = coalesce($2, facility) RETURNING {_SHOWN}",
        username, facility, password_hash,
    )  # fmt: skip
    return dict(row) if row else None


async def close(tx: Tx, username: str, facility: str | None) -> bool:
    """Whether there was such an account; it can sign in no more."""
    done = await tx.execute(
        "UPDATE queue_account SET closed_at = coalesce(closed_at, now()), changed_at = now()"
        " WHERE username = $1 AND facility = coalesce($2, facility)",
        username, facility,
    )  # fmt: skip
    return str(done) != "UPDATE 0"
