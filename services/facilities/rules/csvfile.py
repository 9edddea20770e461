"""A table as offices send it (`kernel.rows`), its columns named by field or by their Indonesian heading."""

from collections.abc import Sequence

from services.facilities.rules.headings import field
from services.kernel import rows
from services.kernel.rows import MOST_ROWS, Refused, Sheet, opened, under

__all__ = ["MOST_ROWS", "Refused", "Sheet", "opened", "read", "under"]


def read(data: bytes, known: Sequence[str], required: Sequence[str]) -> Sheet:
    """Read a file whose header row names some of `known` and all of `required`, by field or by heading. Raises Invalid
    and TooLarge."""
    return rows.read(data, known, required, field)
