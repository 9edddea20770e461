"""Settings of the JKN service: the common ones and the ways to BPJS (SIMPUL_BPJS_…)."""

from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr, model_validator

from services.coverage.bpjs.login import APPLICATION, Login
from services.coverage.bpjs.wire import BpjsService, Patience
from services.coverage.rules.deliveries import Pauses
from services.coverage.rules.secrets import Keyring
from services.coverage.simulator.settings import HOST, SimulatorSettings
from services.kernel.settings import Settings


class CoverageSettings(Settings):
    """What this service adds. As it comes, the line leads to the bundled simulator, with its public sign-in."""

    bpjs_url: str = f"http://{HOST}/pcare-rest"
    """Base address of PCare. At BPJS each service has its own; those not given lie beside it."""
    bpjs_vclaim_url: str = ""
    bpjs_antrean_url: str = ""
    bpjs_icare_url: str = ""
    bpjs_srbk_url: str = ""
    """The pilot path; at BPJS it must be given."""
    jkn_keys: SecretStr = SecretStr("")
    """What facilities' secrets are sealed under: "id:base64" of 32 bytes, the current key first (decision 49)."""
    bpjs_cons_id: str = ""
    bpjs_secret: SecretStr = SecretStr("")
    bpjs_user_key: SecretStr = SecretStr("")
    bpjs_username: str = ""
    bpjs_password: SecretStr = SecretStr("")
    bpjs_application: str = APPLICATION
    """kdAplikasi."""
    bpjs_proxy: SecretStr | None = None
    """Egress proxy ("http://user:secret@host:port"): BPJS answers only addresses on its whitelist."""
    bpjs_timeout: float = 5.0
    """Seconds one try may take."""
    bpjs_patience: float = 9.0
    """Seconds all tries of one question may take together: someone stands at the registration desk."""
    bpjs_write_timeout: float = 20.0
    """Seconds one POST, PUT or DELETE may take; what has not been answered by then is read back."""
    card_system: str = "https://fhir.kemkes.go.id/id/bpjs"
    """The identifier system of JKN card numbers: common in code, never published."""
    member_fresh: int = 3600
    """Seconds for which what BPJS said of a member is answered without asking again; a caller may want it fresher."""
    reference_fresh: float = 2_700.0
    """Seconds a code list of BPJS is kept before it is asked for again."""
    bpjs_tries: int = 3
    bpjs_pause: float = 0.2
    """Seconds before the second try; doubled before each further one."""

    outbox_settle: float = 300.0
    """Seconds a visit rests after each word of it before it is sent, so that vitals and diagnoses arrive with it.
    With the bundled simulator 20, so that one sees it happen."""
    outbox_lanes: int = 8
    """Facilities' queues one process serves at the same time."""
    outbox_pause: float = 2.0
    """Seconds a queue rests after its first failure; doubled after each further one, with some chance in it."""
    outbox_longest_pause: float = 300.0
    outbox_quiet: float = 60.0
    """Seconds after a request of unknown outcome before BPJS is looked at: it may finish after we hung up."""
    outbox_slack: float = 5.0
    """Seconds between writing down that a request goes out and sending it, after which it is written down anew."""
    outbox_poll: float = 1.0
    """Seconds between two looks for queues with something due."""
    outbox_closes_day: int = 5
    """Day of the next month on which BPJS closes entry for a month (its slides say the 3rd or the 5th)."""

    @classmethod
    def of(cls, settings: Settings) -> "CoverageSettings":
        """These settings, the missing ones read from the environment."""
        return settings if isinstance(settings, cls) else cls(**settings.model_dump())

    @model_validator(mode="after")
    def _whole(self) -> "CoverageSettings":
        given = [n for n in _NEEDED if _shown(getattr(self, n))]
        missing = [n for n in _NEEDED if n not in given]
        if given and missing and not self.simulated:
            names = ", ".join(f"SIMPUL_{n.upper()}" for n in missing)
            raise ValueError(f"SIMPUL_BPJS_URL menunjuk BPJS; isi juga {names} / set these too: {names}")
        self.keyring()
        if self.simulated and "outbox_settle" not in self.model_fields_set:
            self.outbox_settle = 20.0
        if self.outbox_quiet < self.bpjs_write_timeout + self.outbox_slack:
            least = "SIMPUL_OUTBOX_QUIET >= SIMPUL_BPJS_WRITE_TIMEOUT + SIMPUL_OUTBOX_SLACK"
            raise ValueError(f"atur {least} / set {least}")
        return self

    @property
    def simulated(self) -> bool:
        """Whether the line leads to the bundled simulator, a peer of this house."""
        return urlsplit(self.bpjs_url).hostname == HOST

    def address(self, service: BpjsService) -> str | None:
        """The base address of a BPJS service; None when this installation has none."""
        if service is BpjsService.PCARE:
            return self.bpjs_url
        given: str = getattr(self, f"bpjs_{service}_url")
        return given or _beside(self.bpjs_url, service, simulated=self.simulated)

    def login(self) -> Login | None:
        """What the district's own connector signs in with: where no facility's line is meant. None: there is none."""
        if self.simulated and not self.bpjs_cons_id:
            return SimulatorSettings().login()
        if not self.bpjs_cons_id:
            return None
        return Login(
            cons_id=self.bpjs_cons_id,
            secret=self.bpjs_secret.get_secret_value(),
            user_key=self.bpjs_user_key.get_secret_value(),
            username=self.bpjs_username,
            password=self.bpjs_password.get_secret_value(),
            application=self.bpjs_application,
        )

    def simulated_login(self, provider: str) -> Login | None:
        """The simulator's public sign-in of the facility with this kdProvider; None at BPJS, or where one is given."""
        return SimulatorSettings().login(provider) if self.simulated and not self.bpjs_cons_id else None

    def keyring(self) -> Keyring | None:
        """The keys of facilities' secrets; None when none is given. Raises ValueError for a key that is none."""
        written = self.jkn_keys.get_secret_value()
        return Keyring.of(written) if written else None

    def pauses(self) -> Pauses:
        """How long the outbox' queues rest."""
        return Pauses(self.outbox_pause, self.outbox_longest_pause, self.outbox_quiet, self.outbox_slack)

    def patience(self) -> Patience:
        """How long and how often the client tries."""
        return Patience(
            one=self.bpjs_timeout, all=self.bpjs_patience, tries=self.bpjs_tries, pause=self.bpjs_pause,
            write=self.bpjs_write_timeout,
        )  # fmt: skip


_PRODUCTION = {BpjsService.VCLAIM: "vclaim-rest", BpjsService.ANTREAN: "antreanfktp", BpjsService.ICARE: "wsihs"}
_TRIAL = {BpjsService.VCLAIM: "vclaim-rest-dev", BpjsService.ANTREAN: "antreanfktp_dev", BpjsService.ICARE: "ihs_dev"}
_SIMULATED = _PRODUCTION | {BpjsService.SRBK: "pcare-sisrute-rest/api/v1.0"}


def _beside(pcare: str, service: BpjsService, *, simulated: bool) -> str | None:
    """Where a service lies when PCare lies there: BPJS' own names, at trial and in production."""
    parts = urlsplit(pcare.rstrip("/"))
    head, _, name = parts.path.rpartition("/")
    names = _SIMULATED if simulated else {"pcare-rest": _PRODUCTION, "pcare-rest-dev": _TRIAL}.get(name, {})
    return urlunsplit(parts._replace(path=f"{head}/{names[service]}")) if service in names else None


_NEEDED = ("bpjs_cons_id", "bpjs_secret", "bpjs_user_key", "bpjs_username", "bpjs_password")


def _shown(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
