"""Where each facility is called, and the account BPJS was given there."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from services.coverage.simulator.store import Store


class Endpoint(BaseModel):
    """Alamat Antrean milik satu faskes (where a facility's own Antrean is called)."""

    model_config = ConfigDict(extra="forbid")

    base_url: HttpUrl = Field(examples=["http://127.0.0.1:8000/antreanfktp"])
    username: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=500)] = Field(repr=False)


def keep(store: Store, provider: str, endpoint: Endpoint) -> None:
    """Remember a facility's endpoint, instead of an earlier one."""
    said = endpoint.model_dump_json()
    store.run("INSERT INTO endpoint VALUES (?, ?) ON CONFLICT DO UPDATE SET said = ?", provider, said, said)


def of(store: Store, provider: str) -> Endpoint | None:
    """A facility's endpoint, or None."""
    said = store.value("SELECT said FROM endpoint WHERE provider = ?", provider)
    return Endpoint.model_validate_json(said) if said else None


def every(store: Store) -> dict[str, Endpoint]:
    """All endpoints, by kdProvider."""
    return {r["provider"]: Endpoint.model_validate_json(r["said"]) for r in store.all("SELECT * FROM endpoint")}


def forget(store: Store, provider: str) -> bool:
    """Forget one. False when there was none."""
    return store.run("DELETE FROM endpoint WHERE provider = ?", provider) > 0
