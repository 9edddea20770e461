"""What the person who runs the house may choose, and the secrets the house makes for itself.

Everything is read from the environment (prefix SIMPUL_) and has a default that works on one machine.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.obstacle import Obstacle
from deploy.topology import GATEWAY, NAMES, address_variable, database_variable

PROJECT = Path(__file__).resolve().parents[1]


def _port() -> int:
    given = os.environ.get("SIMPUL_PORT", "") or "8080"
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise Obstacle(
            id=f"SIMPUL_PORT={given} bukan nomor port. Contoh: SIMPUL_PORT=8081 make up",
            en=f"SIMPUL_PORT={given} is no port number. Example: SIMPUL_PORT=8081 make up",
        )
    return int(given)


@dataclass(frozen=True, slots=True)
class House:
    """One installation: where it listens, where its data lie, which databases it uses."""

    host: str = field(default_factory=lambda: os.environ.get("SIMPUL_HOST", "") or "127.0.0.1")
    port: int = field(default_factory=_port)
    data: Path = field(default_factory=lambda: Path(os.environ.get("SIMPUL_DATA", "") or PROJECT / "data").absolute())

    @property
    def local(self) -> str:
        """Where the front door is reached from this machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def address(self) -> str:
        """Where people reach the front door; SIMPUL_PUBLIC_URL when a proxy stands before it."""
        return os.environ.get("SIMPUL_PUBLIC_URL", "") or self.local

    @property
    def door(self) -> str:
        """Where this command reaches the front door: beside the containers by its name, else on this machine."""
        return os.environ.get(address_variable(GATEWAY), "") or self.local

    @property
    def credentials(self) -> Path:
        """The file (0600) with the accounts the first start made."""
        return self.data / "credentials.json"

    @property
    def running(self) -> Path:
        """The file (0600) that says where the databases are while the house runs."""
        return self.data / "running.json"

    @property
    def log(self) -> Path:
        """Where the services' log lines go while `simpul up` speaks to a person."""
        return self.data / "simpul.log"

    @property
    def seeded(self) -> Path:
        """The mark of a finished first seed."""
        return self.data / "seeded"

    def given_databases(self) -> dict[str, str]:
        """Database addresses from the environment, by service; empty when the embedded server is to be used.

        Raises Obstacle when some are given and others not: half a house has no meaning.
        """
        names = {name: database_variable(name) for name in NAMES}
        given = {name: os.environ[variable] for name, variable in names.items() if os.environ.get(variable)}
        missing = [variable for name, variable in names.items() if name not in given]
        if given and missing:
            raise Obstacle(
                id=f"Sebagian alamat basis data belum diberikan: {', '.join(missing)}. Berikan semua, atau tidak "
                "satu pun (lalu PostgreSQL bawaan dipakai).",
                en=f"Some database addresses are missing: {', '.join(missing)}. Give all of them, or none (then "
                "the embedded PostgreSQL is used).",
            )
        return given

    def peer_key(self) -> str:
        """The secret the services show one another; made at first use. SIMPUL_PEER_KEY replaces it."""
        given = os.environ.get("SIMPUL_PEER_KEY", "")
        if given:
            return given
        kept = self.data / "peer.key"
        if not kept.exists():
            write_private(kept, secrets.token_urlsafe(32))
        return kept.read_text().strip()

    @property
    def jkn_key_file(self) -> Path:
        """Where the keys of facilities' BPJS secrets are kept, the current one first."""
        return self.data / "jkn.key"

    def jkn_keys(self) -> str:
        """The keys that seal facilities' BPJS secrets, made at first use. SIMPUL_JKN_KEYS replaces them."""
        given = os.environ.get("SIMPUL_JKN_KEYS", "")
        if given:
            return given
        if not self.jkn_key_file.exists():
            write_private(self.jkn_key_file, _fresh_key())
        return self.jkn_key_file.read_text()

    def renew_jkn_key(self) -> str:
        """Put a fresh key before the others and give its id; the next start seals all secrets anew under it.

        Raises Obstacle when the keys come from the environment.
        """
        if os.environ.get("SIMPUL_JKN_KEYS", ""):
            raise Obstacle(
                id="Kunci berasal dari SIMPUL_JKN_KEYS. Taruh kunci baru (nomor:base64 dari 32 byte acak) di depan, "
                "dipisah koma, lalu mulai ulang; kunci lama boleh dibuang sesudahnya.",
                en="The keys come from SIMPUL_JKN_KEYS. Put a new key (id:base64 of 32 random bytes) first, parted by "
                "a comma, and restart; the old key may go after that.",
            )
        fresh = _fresh_key()
        write_private(self.jkn_key_file, fresh + self.jkn_keys())
        return fresh.partition(":")[0]

    def settings(self, process: str, database: str = "") -> dict[str, Any]:
        """What this installation tells one of its processes; the rest is read from the environment."""
        values: dict[str, Any] = {"data": self.data, "peer_key": self.peer_key(), "public_url": self.address}
        if database:
            values["database_url"] = database
        if process == "coverage":
            values["jkn_keys"] = self.jkn_keys()
        if process == "facilities":  # its first start makes the administrator
            admin = self.administrator()
            values |= {"admin_user": admin["username"], "admin_password": admin["password"]}
        return values

    def administrator(self) -> dict[str, str]:
        """User name and password of the administrator; the password is empty when nobody has chosen one."""
        kept: dict[str, str] | None = read_json(self.credentials).get("admin")
        return kept or {
            "username": os.environ.get("SIMPUL_ADMIN_USER", "") or "admin",
            "password": os.environ.get("SIMPUL_ADMIN_PASSWORD", ""),
        }

    def make_credentials(self) -> None:
        """Choose the administrator's password before the first start, so that a crash cannot lose it."""
        if not self.credentials.exists():
            admin = self.administrator()
            admin["password"] = admin["password"] or secrets.token_urlsafe(12)
            write_json(self.credentials, {"address": self.address, "admin": admin})


def _fresh_key() -> str:
    """A line "id:base64" with a key of 32 random bytes."""
    return f"{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(32)).decode()}\n"


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, complete or not at all."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; empty when there is no file."""
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object as a private file."""
    write_private(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
