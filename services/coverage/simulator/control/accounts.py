"""Control of accounts: which facility signs in with what. A secret is shown once, when it is made here."""

import secrets
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from services.coverage.simulator.accounts import Account, ServiceName
from services.coverage.simulator.world import World
from services.kernel.ids import BpjsFacilityCode

HIDDEN = {"secret", "user_key", "user_keys", "password"}


class Wish(BaseModel):
    """Akun baru untuk satu faskes; rahasianya dibuatkan (an account for a facility; its secrets are made)."""

    model_config = ConfigDict(extra="forbid")

    provider: BpjsFacilityCode
    services: tuple[ServiceName, ...] = ("pcare", "antrean", "icare")
    old_style: bool = False


class Change(BaseModel):
    """Yang berubah pada satu akun (what changes about an account)."""

    model_config = ConfigDict(extra="forbid")

    secret: str | None = None
    user_key: str | None = None
    user_keys: dict[ServiceName, str] | None = None
    username: str | None = None
    password: str | None = None
    services: tuple[ServiceName, ...] | None = None
    expired: bool | None = None
    old_style: bool | None = None


def router(world: World) -> APIRouter:
    """These addresses, for one simulator."""
    routes = APIRouter(prefix="/accounts")

    def known(cons_id: str) -> Account:
        found = world.accounts.of(cons_id)
        if found is None:
            raise HTTPException(404, "no such account")
        return found

    @routes.get("")
    async def listed() -> list[dict[str, Any]]:
        """Akun yang dibuka, tanpa rahasianya (the accounts opened, without their secrets)."""
        return [account.model_dump(mode="json", exclude=HIDDEN) for account in world.accounts.opened()]

    @routes.post("", status_code=201)
    async def make(wish: Wish) -> Account:
        """Buka akun dengan rahasia baru (open an account with fresh secrets)."""
        account = Account(
            cons_id=f"{world.store.next('account') + 20_000}", secret=secrets.token_urlsafe(9),
            user_key=secrets.token_hex(16), username=f"pcare.{wish.provider.lower()}",
            password=secrets.token_urlsafe(9), **wish.model_dump(),
        )  # fmt: skip
        world.accounts.open(account)
        return account

    @routes.put("/{cons_id}", status_code=204)
    async def open_(cons_id: str, account: Account) -> None:
        """Buka akun dengan isi yang diberikan (open an account as given)."""
        if account.cons_id != cons_id:
            raise HTTPException(422, "cons_id differs from the address")
        world.accounts.open(account)

    @routes.patch("/{cons_id}", status_code=204)
    async def change(cons_id: str, wish: Change) -> None:
        """Ubah akun: sandi baru, kedaluwarsa, … (change an account: another password, expired, …)."""
        world.accounts.open(known(cons_id).model_copy(update=wish.model_dump(exclude_none=True)))

    @routes.delete("/{cons_id}", status_code=204)
    async def close(cons_id: str) -> None:
        """Tutup akun (close an account)."""
        known(cons_id)
        world.accounts.close(cons_id)

    return routes
