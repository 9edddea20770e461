"""Alembic environment of the shared record."""

from services.kernel.migrate import run_env
from services.records.tables import Base

run_env(Base.metadata)
