"""Accounts and signing keys."""

from datetime import datetime

from sqlalchemy import LargeBinary, text
from sqlalchemy import func as sql
from sqlmodel import Field

from services.facilities.tables.base import MOMENT, Base


class Client(Base, table=True):
    """A client application of one facility. Its secret is kept as a SHA-256 only."""

    id: str = Field(primary_key=True)
    name: str
    secret_hash: bytes = Field(sa_type=LargeBinary)
    facility: str | None = Field(default=None, foreign_key="facility.code", index=True)
    face: str
    role: str
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": sql.now()})
    revoked_at: datetime | None = Field(default=None, sa_type=MOMENT)


class Staff(Base, table=True):
    """A person's account. The password is kept as salted scrypt only."""

    username: str = Field(primary_key=True)
    name: str
    password_hash: str
    role: str
    facility: str | None = Field(default=None, foreign_key="facility.code", index=True)
    active: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": sql.now()})


class SigningKey(Base, table=True):
    """A key that signs tokens; the newest signs, all verify."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True)
    private_pem: str
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": sql.now()})
