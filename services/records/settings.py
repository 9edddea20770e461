"""Settings of the shared record."""

from services.kernel.settings import Settings


class RecordsSettings(Settings):
    """What the record adds to the common settings."""

    plan_cache: str = "force_generic_plan"
    page: int = 50
    """Entries of a search page when `_count` is not given."""
    max_page: int = 500
    import_chunk: int = 500
    """Lines of a bulk import stored per transaction (keeps each under a second)."""
