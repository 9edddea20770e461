"""Who signs in: each facility with its own consumer id, secret, user_key, user name and password."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.coverage.simulator.settings import SimulatorSettings
from services.coverage.simulator.store import Store
from services.kernel.ids import BpjsFacilityCode

ServiceName = Literal["pcare", "vclaim", "antrean", "icare", "srbk"]
SERVICES: tuple[ServiceName, ...] = ("pcare", "vclaim", "antrean", "icare", "srbk")


class Account(BaseModel):
    """Satu akun bridging (one sign-in to the simulated BPJS)."""

    model_config = ConfigDict(extra="forbid")

    cons_id: Annotated[str, Field(min_length=1, max_length=64)]
    secret: str = Field(repr=False)
    user_key: str = Field(repr=False)
    user_keys: dict[ServiceName, str] = Field(default={}, repr=False)
    """A service whose user_key differs from the common one."""
    username: str = ""
    password: str = Field("", repr=False)
    application: str = "095"
    provider: BpjsFacilityCode | None = None
    """kdProvider this account speaks for; None: the public account of a whole district."""
    services: tuple[ServiceName, ...] = SERVICES
    """What it is entitled to."""
    expired: bool = False
    """Its consumer id has expired."""
    old_style: bool = False
    """Still has the old `/kunjungan`, whose answer is an object."""

    def key_for(self, service: str) -> str:
        """The user_key of one service."""
        return next((key for name, key in self.user_keys.items() if name == service), self.user_key)


class Accounts:
    """The public account of the settings, which serves any facility by rule, and those that were opened."""

    def __init__(self, settings: SimulatorSettings, store: Store) -> None:
        self._settings, self._store = settings, store
        rows = store.all("SELECT said FROM account")
        self._own = {a.cons_id: a for a in (Account.model_validate_json(r["said"]) for r in rows)}

    def of(self, cons_id: str) -> Account | None:
        """The account of a consumer id, or None. `99140-9914P001` is the public account as that facility."""
        own = self._own.get(cons_id)
        if own is not None:
            return own
        public = self._settings
        if cons_id == public.cons_id:
            return _public(public, cons_id, None)
        base, dash, provider = cons_id.rpartition("-")
        if dash and base == public.cons_id and _CODE.fullmatch(provider):
            return _public(public, cons_id, provider.upper())
        return None

    def opened(self) -> list[Account]:
        """The accounts beside the public one."""
        return list(self._own.values())

    def open(self, account: Account) -> None:
        """Open an account, or give it other particulars."""
        said = account.model_dump_json()
        self._store.run(
            "INSERT INTO account VALUES (?, ?) ON CONFLICT DO UPDATE SET said = ?", account.cons_id, said, said
        )
        self._own[account.cons_id] = account

    def close(self, cons_id: str) -> None:
        """Take an account away."""
        self._store.run("DELETE FROM account WHERE cons_id = ?", cons_id)
        self._own.pop(cons_id, None)


_CODE = re.compile(r"[A-Za-z0-9]{8}")


def _public(settings: SimulatorSettings, cons_id: str, provider: str | None) -> Account:
    return Account(
        cons_id=cons_id,
        secret=settings.secret.get_secret_value(),
        user_key=settings.user_key.get_secret_value(),
        username=settings.username,
        password=settings.password.get_secret_value(),
        application=settings.application,
        provider=provider,
    )
