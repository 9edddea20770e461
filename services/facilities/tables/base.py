"""What every table of this service stands on."""

from sqlalchemy import DateTime, func, literal_column
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from services.kernel.tables import add_kernel_tables


class Base(SQLModel, registry=registry()):
    """This service's own metadata."""


add_kernel_tables(Base.metadata)

MOMENT = DateTime(timezone=True)

PARTS = func.searchable(literal_column("name")).label("parts")
"""What an index needs to find names by their parts."""
