"""Who is asking: RS256 tokens from the facilities service, verified in every service by its published keys.

Default deny: a route states who may call it with `allow(...)`, `public` or `peers_only`; a test walks all routes.
"""

import hmac
import re
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import httpx
import jwt
from fastapi import Request
from starlette.datastructures import Headers

from services.kernel.problems import Invalid, Refused, Text, Unauthenticated, Unavailable


class Role(StrEnum):
    """The closed list of roles."""

    CLINIC_SYSTEM = "clinic-system"
    CLINICIAN = "clinician"
    FACILITY_ADMIN = "facility-admin"
    PUSKESMAS_STAFF = "puskesmas-staff"
    HOSPITAL = "hospital"
    DINKES_ANALYST = "dinkes-analyst"
    DINKES_ADMIN = "dinkes-admin"
    JKN_CONNECTOR = "jkn-connector"
    AUDITOR = "auditor"


CARE_ROLES = (Role.CLINIC_SYSTEM, Role.CLINICIAN, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF, Role.HOSPITAL)
"""Roles that work at a facility and may see its patients."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: an application or a person, in one role, for one facility (None for the district's office)."""

    subject: str
    role: str
    facility: str | None
    face: str = "fhir"
    purpose: str = "TREAT"
    request_id: str = "-"
    language: str = "id"
    token: str = ""
    origin: str = "-"
    """From where: the client's address as the gateway saw it, and the program when it says so ("10.0.0.9 curl/8.5")."""


def looking(actor: Actor, opened: bool) -> Actor:
    """The actor, with the purpose its look is logged with: BTG while the glass is broken for the person, and only then
    (a client cannot name it by itself)."""
    if opened:
        return replace(actor, purpose="BTG")
    return replace(actor, purpose="TREAT") if actor.purpose == "BTG" else actor


PURPOSE = re.compile(r"[A-Za-z][A-Za-z-]{0,31}")
"""A code, not a sentence: it is kept in the access log."""
PROGRAM = re.compile(r"[A-Za-z][A-Za-z._-]{0,31}/[0-9][0-9.]{0,15}")
"""The first product of a User-Agent header; what follows it is not kept."""
ADDRESS = re.compile(r"[0-9A-Fa-f.:]{2,45}")
ROLES = frozenset(str(r) for r in Role)


class Auth:
    """Verifies tokens. Keys are fetched from `http://facilities` once and again when an unknown key id appears."""

    KEEP = 60.0
    ROOM = 20_000

    def __init__(self, http: httpx.AsyncClient, issuer: str, peer_key: str) -> None:
        self._http, self._issuer, self._peer_key = http, issuer, peer_key.encode()
        self._gateway_key = gateway_key(peer_key).encode()
        self._keys: dict[str, Any] = {}
        self._asked = 0.0
        self._actors: dict[str, tuple[Actor, float]] = {}

    async def actor(self, token: str) -> Actor:
        """The caller behind a bearer token. Raises Unauthenticated when it is expired, foreign or broken."""
        now = time.time()
        known = self._actors.get(token)
        if known is not None and now < known[1]:
            return known[0]
        claims = await self._verified(token)
        actor = Actor(
            subject=claims["sub"], role=claims["role"], facility=claims.get("facility"),
            face=claims.get("face", "fhir"), token=token,
        )  # fmt: skip
        if len(self._actors) >= self.ROOM:
            self._actors.clear()
        self._actors[token] = (actor, min(now + self.KEEP, float(claims["exp"])))
        return actor

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            if kid not in self._keys:
                await self._fetch_keys()
            claims: dict[str, Any] = jwt.decode(
                token, self._keys[kid], algorithms=["RS256"], issuer=self._issuer,
                options={"require": ["exp", "sub", "iss"], "verify_aud": False},
            )  # fmt: skip
        except jwt.ExpiredSignatureError:
            raise Unauthenticated(
                Text("Token sudah kedaluwarsa; minta token baru", "The token has expired; ask for a new one"),
                code=_said_to(token),
            ) from None
        except (jwt.PyJWTError, KeyError):
            raise Unauthenticated(
                Text("Token tidak dikenal; minta token baru", "Unknown token; ask for a new one"), code=_said_to(token)
            ) from None
        if claims.get("role") not in ROLES:
            raise Unauthenticated()
        return claims

    async def _fetch_keys(self) -> None:
        if self._keys and time.monotonic() - self._asked < 1:  # a flood of foreign tokens is no flood of fetches
            return
        self._asked = time.monotonic()
        try:
            answer = await self._http.get("http://facilities/oauth2/v1/jwks", timeout=5)
            answer.raise_for_status()
        except httpx.HTTPError:
            raise Unavailable(Text("Kunci token belum dapat diambil", "Token keys cannot be fetched now")) from None
        self._keys = {k["kid"]: jwt.PyJWK.from_dict(k).key for k in answer.json()["keys"]}

    def is_peer(self, key: str | None) -> bool:
        """Whether a request carries the peers' shared secret."""
        return key is not None and bool(self._peer_key) and hmac.compare_digest(key.encode(), self._peer_key)

    def origin(self, request: Request) -> str:
        """Where a request came from. A forwarded address counts when the gateway or a peer vouches for it."""
        headers = request.headers
        address = request.client.host if request.client else "-"
        forwarded = headers.get("x-forwarded-for")
        if forwarded is not None and self._vouched(headers) and ADDRESS.fullmatch(forwarded):
            address = forwarded
        program = PROGRAM.match(headers.get("user-agent", ""))
        return f"{address} {program[0]}" if program else address

    def _vouched(self, headers: Headers) -> bool:
        """Whether the gateway or a peer sent these headers."""
        key = headers.get("x-gateway-key", "")
        by_gateway = bool(self._peer_key) and hmac.compare_digest(key.encode(), self._gateway_key)
        return by_gateway or self.is_peer(headers.get("x-peer-key"))


def _said_to(token: str) -> str | None:
    """The code SATUSEHAT clients test for before they ask for a new token; whose token it was is taken on its word."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return None
    return "invalid-access-token" if claims.get("face") == "satusehat" else None


def expiry(actor: Actor) -> float:
    """When the token of a verified caller ends, in seconds since 1970."""
    return float(jwt.decode(actor.token, options={"verify_signature": False})["exp"])


def gateway_key(peer_key: str) -> str:
    """What the gateway shows a service to vouch for X-Forwarded-For. It opens no inner route."""
    return hmac.new(peer_key.encode(), b"gateway", "sha256").hexdigest()


class Allow:
    """Dependency: the caller must hold one of `roles`; gives the route its `Actor`."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    async def __call__(self, request: Request) -> Actor:
        header = request.headers.get("authorization", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(Text("Sertakan Authorization: Bearer <token>", "Send Authorization: Bearer <token>"))
        state = request.scope["simpul"]
        actor: Actor = await request.app.state.service.auth.actor(token.strip())
        state.face = actor.face
        if actor.role not in self.roles:
            raise Refused(
                Text(
                    f"Peran {actor.role} tidak boleh memakai alamat ini; yang boleh: {', '.join(sorted(self.roles))}",
                    f"The role {actor.role} may not use this address; allowed: {', '.join(sorted(self.roles))}",
                )
            )
        purpose = request.headers.get("x-purpose", "TREAT")
        if not PURPOSE.fullmatch(purpose):
            said = "X-Purpose adalah kode, misalnya TREAT", "X-Purpose is a code, such as TREAT"
            raise Invalid(Text(*said))
        origin = request.app.state.service.auth.origin(request)
        return replace(actor, request_id=state.request_id, language=state.language, purpose=purpose, origin=origin)


def allow(*roles: Role) -> Allow:
    """The route's guard; see `Allow`."""
    return Allow(*roles)


class PeersOnly:
    """Dependency of internal routes: the caller must be a service of this house."""

    async def __call__(self, request: Request) -> None:
        if not request.app.state.service.auth.is_peer(request.headers.get("x-peer-key")):
            raise Refused(Text("Alamat ini hanya untuk layanan dalam", "This address is for inner services only"))


class Public:
    """Marker dependency: anyone may call (token endpoint, keys, health, capability statement)."""

    async def __call__(self, request: Request) -> None:
        return None


peers_only = PeersOnly()
public = Public()
