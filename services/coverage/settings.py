"""Settings of the JKN service: the common ones and the line to BPJS (SIMPUL_BPJS_…)."""

from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator

from services.coverage.bpjs.client import Login, Patience
from services.coverage.simulator.settings import HOST, SimulatorSettings
from services.kernel.settings import Settings


class CoverageSettings(Settings):
    """What this service adds. As it comes, the line leads to the bundled simulator, with its public sign-in."""

    bpjs_url: str = f"http://{HOST}/pcare-rest"
    """Base address of PCare; at BPJS each service has its own."""
    bpjs_cons_id: str = ""
    bpjs_secret: SecretStr = SecretStr("")
    bpjs_user_key: SecretStr = SecretStr("")
    bpjs_username: str = ""
    bpjs_password: SecretStr = SecretStr("")
    bpjs_application: str = "095"
    """kdAplikasi."""
    bpjs_proxy: SecretStr | None = None
    """Egress proxy ("http://user:secret@host:port"): BPJS answers only addresses on its whitelist."""
    bpjs_timeout: float = 5.0
    """Seconds one try may take."""
    bpjs_patience: float = 9.0
    """Seconds all tries of one question may take together: someone stands at the registration desk."""
    bpjs_tries: int = 3
    bpjs_pause: float = 0.2
    """Seconds before the second try; doubled before each further one."""

    @classmethod
    def of(cls, settings: Settings) -> "CoverageSettings":
        """These settings, the missing ones read from the environment."""
        return settings if isinstance(settings, cls) else cls(**settings.model_dump())

    @model_validator(mode="after")
    def _complete(self) -> "CoverageSettings":
        if not self.simulated:
            missing = [n for n in _NEEDED if not _shown(getattr(self, n))]
            if missing:
                names = ", ".join(f"SIMPUL_{n.upper()}" for n in missing)
                raise ValueError(f"SIMPUL_BPJS_URL menunjuk BPJS; isi juga {names} / set these too: {names}")
        return self

    @property
    def simulated(self) -> bool:
        """Whether the line leads to the bundled simulator, a peer of this house."""
        return urlsplit(self.bpjs_url).hostname == HOST

    def login(self) -> Login:
        """What we sign in to BPJS with. One for the district now; per facility when facilities bring their own."""
        if self.simulated and not self.bpjs_cons_id:
            return SimulatorSettings().login()
        return Login(
            cons_id=self.bpjs_cons_id,
            secret=self.bpjs_secret.get_secret_value(),
            user_key=self.bpjs_user_key.get_secret_value(),
            username=self.bpjs_username,
            password=self.bpjs_password.get_secret_value(),
            application=self.bpjs_application,
        )

    def patience(self) -> Patience:
        """How long and how often the client tries."""
        return Patience(one=self.bpjs_timeout, all=self.bpjs_patience, tries=self.bpjs_tries, pause=self.bpjs_pause)


_NEEDED = ("bpjs_cons_id", "bpjs_secret", "bpjs_user_key", "bpjs_username", "bpjs_password")


def _shown(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
