"""The keys that sign tokens: made once for the whole house, read at start, published as a JWK set."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from services.facilities.queries import accounts as queries
from services.kernel.ids import new_id
from services.kernel.problems import Text, Unavailable
from services.kernel.service import Service


@dataclass(frozen=True, slots=True)
class Keys:
    """The newest key signs; all published keys verify."""

    kid: str
    private: RSAPrivateKey
    published: dict[str, Any]


def _new_pem() -> str:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    kind, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(kind, shape, serialization.NoEncryption()).decode()


def _read(pem: str) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)  # noqa: S101 - we wrote it
    return key


async def prepare(service: Service) -> None:
    """Make the first key when there is none (one wins when several start at once), and hold all in memory."""
    async with service.db.reading() as conn:
        stored = await queries.keys(conn)
    if not stored:
        kid, pem = new_id(), await asyncio.to_thread(_new_pem)
        async with service.db.transaction() as tx:
            await queries.first_key(tx, kid, pem)
            stored = await queries.keys(tx)
    opened = [(kid, _read(pem)) for kid, pem in stored]
    published = [
        {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "alg": "RS256", "use": "sig"}
        for kid, key in opened
    ]
    service.room["keys"] = Keys(*opened[0], {"keys": published})


def of(service: Service) -> Keys:
    """The keys held since start."""
    keys: Keys | None = service.room.get("keys")
    if keys is None:
        raise Unavailable(Text("Layanan sedang dimulai", "The service is starting"))
    return keys
