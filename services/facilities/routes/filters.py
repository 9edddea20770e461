"""Parameters that lists of the network share."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import AfterValidator

from services.kernel.auth import Actor, Role, allow

Anyone = Annotated[Actor, Depends(allow(*Role))]
AnyCode = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9-]{2,32}$", examples=["P1410010101"],
        description="Kode registri, nomor SATUSEHAT, atau kode BPJS (any of its codes)",
    ),
]  # fmt: skip
CodeFilter = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9-]{2,32}$", examples=["P1410010101"])]
NameFilter = Annotated[
    str | None,
    Query(
        pattern=r"^[^\x00-\x1f]{1,100}$",
        description="Bagian nama: kata dalam urutan bebas (parts of the name, words in any order)",
    ),
]  # fmt: skip


def undotted(code: str) -> str:
    """A Kemendagri code without its dots."""
    return code.replace(".", "")


_DOTTED = r"^\d{2}(\.?\d{2}(\.?\d{2}(\.?\d{4})?)?)?$"
_Code = Annotated[str, AfterValidator(undotted)]
AreaFilter = Annotated[
    _Code | None,
    Query(pattern=_DOTTED, examples=["141001"], description="Kode wilayah, dengan atau tanpa titik (area code)"),
]
VillageFilter = Annotated[
    _Code | None,
    Query(pattern=_DOTTED, examples=["1410011001"], description="Kode desa, dengan atau tanpa titik (village code)"),
]
Village = Annotated[
    _Code,
    Query(
        pattern=r"^\d{2}\.?\d{2}\.?\d{2}\.?\d{4}$", examples=["1410012006"],
        description="Kode desa/kelurahan, dengan atau tanpa titik, juga kode lama (village code, old ones too)",
    ),
]  # fmt: skip
AreaPath = Annotated[
    _Code,
    Path(pattern=_DOTTED, examples=["1410012006"], description="Kode Kemendagri, dengan atau tanpa titik (area code)"),
]
FacilityCodePath = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{1,31}$", examples=["P1410010101"], description="Kode registri (code)")
]
OnDay = Annotated[
    date | None,
    Query(
        description="Seperti pada hari itu; bawaan hari ini (as on that day; default today)", examples=["2026-03-01"]
    ),
]
