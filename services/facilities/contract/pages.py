"""A page of a list."""

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """Satu halaman daftar (one page of a list)."""

    items: list[T]
    next: str | None = Field(
        None, description="Isi parameter `after` untuk halaman berikutnya; null bila habis (next page's `after`)"
    )
    total: int | None = Field(None, description="Jumlah semua baris, bila diminta (count of all rows, if asked)")
