"""Card numbers and NIK as lists keep them: a digest to find them by, the card sealed where it must be shown again."""

import hashlib
import hmac
from dataclasses import dataclass, field

from services.coverage.rules.secrets import CannotOpen, Keyring

_ROW = "member-list-card"
_SIZE = 16


@dataclass(frozen=True, slots=True)
class Numbering:
    """Digests and seals of this installation. `digests` is the secret of the digests; without `keyring` no card is
    kept."""

    digests: bytes = field(repr=False)
    keyring: Keyring | None = None

    @classmethod
    def of(cls, keyring: Keyring | None, otherwise: str) -> "Numbering":
        """By the installation's oldest key, so that a newer one changes no digest; without keys by another secret."""
        secret = list(keyring.keys.values())[-1] if keyring else otherwise.encode()
        return cls(hashlib.sha256(b"simpul member numbers " + secret).digest(), keyring)

    def digest(self, kind: str, number: str) -> bytes:
        """The digest of a number ("card" or "nik"): the same for the same number."""
        return hmac.new(self.digests, f"{kind}:{number}".encode(), hashlib.sha256).digest()[:_SIZE]

    def both(self, nik: str | None, card: str | None) -> list[bytes]:
        """The digests somebody may be found by."""
        return [self.digest(kind, number) for kind, number in (("nik", nik), ("card", card)) if number]

    def seal(self, card: str) -> bytes | None:
        """A card number sealed, with the id of its key."""
        if self.keyring is None:
            return None
        sealed, key = self.keyring.seal(card.encode(), _ROW)
        return key.encode() + b":" + sealed

    def opened(self, sealed: bytes | None) -> str | None:
        """The card number; None when it was not kept or no key opens it any more."""
        if sealed is None or self.keyring is None:
            return None
        key, _, rest = sealed.partition(b":")
        try:
            return self.keyring.open(rest, key.decode(), _ROW).decode()
        except CannotOpen:
            return None
