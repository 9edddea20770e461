"""Settings of the shared record."""

from services.kernel.settings import Settings


class RecordsSettings(Settings):
    """What the record adds to the common settings."""

    plan_cache: str = "force_generic_plan"
    read_whole_tables: bool = False
    webhook_private: bool = False
    """For development and tests: webhooks may go to http and to private addresses."""
    webhook_timeout: float = 10
    """Seconds a webhook's address has to answer."""
    webhook_pace: float = 1
    """Factor of all waiting times between tries; tests make them short."""
    page: int = 50
    """Entries of a search page when `_count` is not given."""
    max_page: int = 500
    import_chunk: int = 1000
    """Lines of a bulk import stored per transaction (keeps each under a second)."""
