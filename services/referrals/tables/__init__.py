"""The schema of the referrals service. SQLModel is used for tables and migrations only; queries are plain SQL."""

from services.referrals.tables import (
    answers,
    clocks,
    competence,
    facilities,
    follow_ups,
    legs,
    merges,
    numbers,
    referrals,
)
from services.referrals.tables.base import Base

__all__ = [
    "Base",
    "answers",
    "clocks",
    "competence",
    "facilities",
    "follow_ups",
    "legs",
    "merges",
    "numbers",
    "referrals",
]
