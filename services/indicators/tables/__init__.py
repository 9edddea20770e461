"""The schema of the indicators service. SQLModel is used for tables and migrations only; queries are plain SQL."""

from services.indicators.tables import (
    facts,
    files,
    growth,
    index,
    jkn,
    lifetable,
    network,
    outcomes,
    persons,
    plausibility,
    reports,
    standards,
    standings,
    targets,
)
from services.indicators.tables.base import Base

__all__ = [
    "Base",
    "facts",
    "files",
    "growth",
    "index",
    "jkn",
    "lifetable",
    "network",
    "outcomes",
    "persons",
    "plausibility",
    "reports",
    "standards",
    "standings",
    "targets",
]
