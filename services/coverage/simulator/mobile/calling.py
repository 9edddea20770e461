"""The conversation of Mobile JKN with a facility: sign in, then status, a ticket, what is left, or giving it up.

A facility that answers 202 to a ticket does not know the patient: the particulars follow, and the ticket is asked
for again, as BPJS does.
"""

import time
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field

from services.coverage.simulator.masking import masked, masked_in
from services.coverage.simulator.mobile.endpoints import Endpoint
from services.coverage.simulator.mobile.particulars import booking, patient

PATIENCE = 10.0
UNKNOWN_PATIENT = 202


class Wish(BaseModel):
    """Yang dilakukan peserta di Mobile JKN (what the member does in Mobile JKN)."""

    model_config = ConfigDict(extra="forbid")

    provider: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{8}$", examples=["9914P001"])]
    does: Literal["status", "take", "remaining", "cancel"]
    poli: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,10}$")] = "001"
    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    """Without it: today, at BPJS."""
    nik: Annotated[str, Field(pattern=r"^\d{16}$")] | None = None
    complaint: Annotated[str, Field(max_length=200)] = "demam"
    reason: Annotated[str, Field(max_length=200)] = "Berhalangan hadir"
    cancel_with: Literal["PUT", "POST"] = "PUT"
    """BPJS' documents say one, its callers send the other."""


@dataclass(slots=True)
class Conversation:
    """What was said, a turn a request, numbers shortened; tokens and passwords are never in it."""

    endpoint: Endpoint
    http: httpx.AsyncClient = field(repr=False)
    turns: list[dict[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    async def hold(self, wish: Wish, member: dict[str, Any] | None, day: str) -> list[dict[str, Any]]:
        """Carry out a wish; the turns, up to the one that did not go through."""
        if not await self._signed_in():
            return self.turns
        card = member["noKartu"] if member else ""
        if wish.does == "remaining":
            await self._say("GET", f"/antrean/sisapeserta/{card}/{wish.poli}/{day}")
        elif wish.does == "cancel":
            body = {"nomorkartu": card, "kodepoli": wish.poli, "tanggalperiksa": day, "keterangan": wish.reason}
            await self._say(wish.cancel_with, "/antrean/batal", body)
        else:
            code, sessions = await self._say("GET", f"/antrean/status/{wish.poli}/{day}")
            if wish.does == "take" and code == 200 and member:
                await self._take(wish, member, day, sessions)
        return self.turns

    async def _take(self, wish: Wish, member: dict[str, Any], day: str, sessions: Any) -> None:
        """Ask for a ticket of the first session that has room; introduce the patient when told to."""
        open_ = [s for s in sessions if isinstance(s, dict)] if isinstance(sessions, list) else []
        body = booking(member, wish.poli, day, open_[0] if open_ else {}, wish.complaint)
        code, _ = await self._say("POST", "/antrean", body)
        if code == UNKNOWN_PATIENT:
            told, _ = await self._say("POST", "/peserta", patient(member))
            if told == 200:
                await self._say("POST", "/antrean", body)

    async def _signed_in(self) -> bool:
        name = self.endpoint.username
        given = {"x-username": name, "x-password": self.endpoint.password}
        code, response = await self._say("GET", "/auth", headers=given)
        token = response.get("token") if isinstance(response, dict) else None
        self.headers = {"x-token": str(token), "x-username": name}
        return code == 200 and bool(token)

    async def _say(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """One request and its answer: code of the envelope (0 without one) and response."""
        address, started = str(self.endpoint.base_url).rstrip("/") + path, time.perf_counter()
        status, code, message, response = 0, 0, "", None
        try:
            reply = await self.http.request(
                method, address, json=body, headers=headers or self.headers, timeout=PATIENCE
            )
            status = reply.status_code
            told = reply.json()
            meta: dict[str, Any] = next((v for k, v in told.items() if k.lower() == "metadata"), {})
            code, message, response = int(meta["code"]), str(meta.get("message", "")), told.get("response")
        except httpx.HTTPError as error:
            message = f"tidak ada jawaban / no answer ({type(error).__name__})"
        except (ValueError, KeyError, TypeError, AttributeError):
            message = "bukan jawaban Antrean / no answer of Antrean's form"
        self.turns.append(
            {
                "method": method, "path": masked(path), "body": masked_in(body), "status": status, "code": code,
                "message": masked(message), "response": "…" if path == "/auth" and response else masked_in(response),
                "ms": round((time.perf_counter() - started) * 1000),
            }
        )  # fmt: skip
        return code, response
