"""Settings of the indicators service."""

from pathlib import Path

from services.kernel.settings import Settings


class IndicatorsSettings(Settings):
    """What this service adds to the common settings."""

    standards: Path | None = None
    """A folder with the office's own standards and codings; a file of the same name replaces ours."""
    page: int = 50
    """Units of a page when the caller does not say."""
