"""What one facility (or the district's connector) signs in to one BPJS service with."""

from dataclasses import dataclass, field

from services.coverage.bpjs.crypto import Key, authorization, signature

APPLICATION = "095"
"""kdAplikasi of a bridging client."""


@dataclass(frozen=True, slots=True)
class Login:
    """A sign-in. Without a user name no X-authorization is sent: only the PCare family asks for one."""

    cons_id: str = field(repr=False)
    secret: str = field(repr=False)
    user_key: str = field(repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    application: str = APPLICATION

    def headers(self, timestamp: str) -> dict[str, str]:
        """The headers of one request signed at `timestamp`."""
        headers = {
            "X-cons-id": self.cons_id,
            "X-timestamp": timestamp,
            "X-signature": signature(self.cons_id, self.secret, timestamp),
            "user_key": self.user_key,
            "Accept": "application/json",
        }
        if self.username:
            headers["X-authorization"] = authorization(self.username, self.password, self.application)
        return headers

    def key(self, timestamp: str) -> Key:
        """The key that opens the answer of the request signed at `timestamp`."""
        return Key.of(self.cons_id, self.secret, timestamp)
