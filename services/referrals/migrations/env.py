"""Alembic environment of the referrals service."""

from services.kernel.migrate import run_env
from services.referrals.tables import Base

run_env(Base.metadata)
