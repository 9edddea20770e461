"""What all tables share. No name and no NIK is kept; a number BPJS needs is kept sealed, where it must be kept."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from services.kernel.tables import add_kernel_tables


class Base(SQLModel, registry=registry()):
    """The service's own metadata."""


add_kernel_tables(Base.metadata)
