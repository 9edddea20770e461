"""Alembic environment of the JKN service."""

from services.coverage.tables import Base
from services.kernel.migrate import run_env

run_env(Base.metadata)
