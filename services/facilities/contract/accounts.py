"""Accounts as they are shown: applications and staff."""

from datetime import datetime

from pydantic import BaseModel, Field


class ClientOut(BaseModel):
    """Aplikasi terdaftar (a registered client); secret tidak dapat dibaca lagi."""

    id: str = Field(examples=["p1410010101-3f9a1c2b7d5e"])
    name: str
    facility: str | None
    face: str
    role: str
    created_at: datetime
    revoked_at: datetime | None = None


class StaffOut(BaseModel):
    """Akun staf tanpa kata sandinya (an account, without its password)."""

    username: str
    name: str
    role: str
    facility: str | None
    active: bool
    created_at: datetime
