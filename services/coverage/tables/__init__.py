"""The schema of the JKN service. SQLModel is used for tables and migrations only; queries are plain SQL."""

from services.coverage.tables import choices, deliveries, lines, lists, members, network, queue, reconciliation
from services.coverage.tables.base import Base

__all__ = ["Base", "choices", "deliveries", "lines", "lists", "members", "network", "queue", "reconciliation"]
