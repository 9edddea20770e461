"""Alembic environment of the indicators service."""

from services.indicators.tables import Base
from services.kernel.migrate import run_env

run_env(Base.metadata)
