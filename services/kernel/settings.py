"""Settings every service has; read from the environment with the prefix SIMPUL_."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kernel.clock import Clock


class Settings(BaseSettings):
    """`database_url` is the service's own database; deploy fills it per service."""

    model_config = SettingsConfigDict(
        env_prefix="SIMPUL_", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    database_url: str = ""
    pool_size: int = 10
    statement_cache: int = 256
    """asyncpg's statement cache; 0 behind a transaction-mode pooler."""
    plan_cache: str = "auto"
    """PostgreSQL's plan_cache_mode: force_generic_plan where all statements go by keys and planning costs more."""
    read_whole_tables: bool = True
    """False where all statements go by keys: a plan made while a table is small must not read all of it later."""
    peer_key: SecretStr = SecretStr("")
    """Shared secret of the services among themselves; internal routes refuse without it."""
    issuer: str = "simpul"
    today: date | None = None
    timezone: str = "Asia/Jakarta"
    data: Path = Path("data")
    public_url: str = "http://127.0.0.1:8080"
    max_body: int = 16 * 1024 * 1024
    follow_gap: float = 0.1
    """Seconds a follower rests after a batch that was not full, so that a burst is applied in few large batches."""
    seal_gap: float = 0.02
    """Seconds the sealer waits between two batches, so that many commits share one."""

    def clock(self) -> Clock:
        """The clock these settings choose."""
        return Clock(ZoneInfo(self.timezone), self.today)
