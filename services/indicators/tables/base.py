"""What all tables share. Per-person tables carry person_id in their key, so that they can be distributed by it.

No name, no NIK.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import ARRAY, Column, Date, DateTime, SmallInteger, Text, Uuid
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from services.kernel.tables import add_kernel_tables


class Base(SQLModel, registry=registry()):
    """The service's own metadata."""


add_kernel_tables(Base.metadata)


def person_key() -> Column[uuid.UUID]:
    return Column(Uuid, primary_key=True)


def texts() -> Column[list[str]]:
    return Column(ARRAY(Text), nullable=False)


def dates() -> Column[list[date | None]]:
    return Column(ARRAY(Date), nullable=False, server_default="{}")


def small() -> Column[int]:
    return Column(SmallInteger, nullable=False)


def small_key() -> Column[int]:
    return Column(SmallInteger, primary_key=True, autoincrement=False)


def moment() -> Column[datetime]:
    return Column(DateTime(timezone=True))
