"""What the simulator accepts and whom it invents; environment prefix SIMPUL_JKN_SIMULATOR_."""

from datetime import date
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.coverage.bpjs.login import Login

HOST = "jkn-simulator"
"""The name under which the house reaches the simulator."""


class SimulatorSettings(BaseSettings):
    """The defaults are public, worth nothing outside the simulator, and fit the connector's own defaults."""

    model_config = SettingsConfigDict(
        env_prefix="SIMPUL_JKN_SIMULATOR_", extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    cons_id: str = "99140"
    secret: SecretStr = SecretStr("simulator-secret")
    user_key: SecretStr = SecretStr("simulator-user-key")
    username: str = "simulator"
    password: SecretStr = SecretStr("Simulasi#1")
    application: str = "095"

    skew: int = 300
    """Seconds a request's timestamp may differ from our clock (BPJS does not publish its own tolerance)."""
    seed: str = "simpul"
    """Another seed, another set of members."""
    district: str = "1410"
    """First four digits of the NIK whose card numbers can be turned back into the NIK without remembering it."""
    always_active: str = "8"
    """First digit of the sequence (last four digits) in a NIK of the district that makes an active member: people
    of demonstrations, who must be covered on stage."""
    network: Path | None = None
    """CSV of the FKTPs members are registered at: columns bpjs_code, name, kind, village (others ignored)."""
    state: Path | None = None
    """Folder of what must survive a restart; without one a temporary folder, gone with the simulator."""
    today: date | None = Field(None, validation_alias=AliasChoices("SIMPUL_JKN_SIMULATOR_TODAY", "SIMPUL_TODAY"))
    """The day at BPJS, for a house that lives on a fixed day; signatures keep to the real clock."""
    address: str = ""
    """Where browsers reach this simulator (`http://host:port/jkn-simulator`), for links; empty: as it was called."""
    control_key: SecretStr = SecretStr("")
    """Lets a caller outside loopback control the simulator (header X-Simulator-Key); empty: loopback only."""

    def login(self, provider: str | None = None) -> Login:
        """What a connector must sign in with: as the facility with this kdProvider, or as the whole district.

        By rule the public account serves any facility: `99140-9914P001` is the consumer of 9914P001.
        """
        return Login(
            cons_id=f"{self.cons_id}-{provider}" if provider else self.cons_id,
            secret=self.secret.get_secret_value(),
            user_key=self.user_key.get_secret_value(),
            username=self.username,
            password=self.password.get_secret_value(),
            application=self.application,
        )
