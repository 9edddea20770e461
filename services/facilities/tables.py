"""The schema: the network, its accounts, the signing keys, and the kernel's tables."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, LargeBinary, UniqueConstraint, text
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.kernel.tables import add_kernel_tables


class Base(SQLModel, registry=registry()):
    """This service's own metadata."""


add_kernel_tables(Base.metadata)

MOMENT = DateTime(timezone=True)


class Area(Base, table=True):
    """Province, kabupaten/kota, kecamatan, desa/kelurahan by Kemendagri code."""

    code: str = Field(primary_key=True)
    name: str
    level: str
    parent: str | None = Field(default=None, foreign_key="area.code", index=True)
    version: int = Field(default=1)


class Facility(Base, table=True):
    """A provider of care, or the office. Codes may change hands within one load, hence checked at its end."""

    __table_args__ = (
        UniqueConstraint("satusehat_id", name="facility_satusehat_id", deferrable=True, initially="IMMEDIATE"),
        UniqueConstraint("bpjs_code", name="facility_bpjs_code", deferrable=True, initially="IMMEDIATE"),
    )

    code: str = Field(primary_key=True)
    name: str
    kind: str
    ownership: str
    satusehat_id: str | None = None
    bpjs_code: str | None = None
    registration: str | None = None
    organization_type: str | None = None
    village: str = Field(foreign_key="area.code", index=True)
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None
    active: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    valid_from: date | None = None
    version: int = Field(default=1)


class Catchment(Base, table=True):
    """Which puskesmas answers for a village from a day to a last day; never two on one day."""

    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="catchment_ends_after_start"),
        ExcludeConstraint(
            ("village", "="),
            (text("daterange(valid_from, valid_until, '[]')"), "&&"),
            name="catchment_one_at_a_time",
            using="gist",
            deferrable=True,
            initially="IMMEDIATE",
        ),
    )

    village: str = Field(primary_key=True, foreign_key="area.code")
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    facility: str = Field(foreign_key="facility.code", index=True)
    version: int = Field(default=1)


class Practitioner(Base, table=True):
    """A health worker at one facility; who works at three has three rows."""

    __table_args__ = (CheckConstraint("valid_until >= valid_from", name="practitioner_ends_after_start"),)

    id: str = Field(primary_key=True)
    facility: str = Field(primary_key=True, foreign_key="facility.code", index=True)
    name: str
    nik: str | None = None
    profession: str
    str_number: str | None = None
    sip_number: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    version: int = Field(default=1)


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
