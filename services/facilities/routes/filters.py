"""Parameters that lists of the network share."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Path, Query

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
AreaFilter = Annotated[str | None, Query(pattern=r"^\d{2,10}$", examples=["141001"])]
VillageFilter = Annotated[str | None, Query(pattern=r"^\d{2,10}$", examples=["1410011001"])]
FacilityCodePath = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{1,31}$", examples=["P1410010101"], description="Kode registri (code)")
]
OnDay = Annotated[
    date | None,
    Query(
        description="Seperti pada hari itu; bawaan hari ini (as on that day; default today)", examples=["2026-03-01"]
    ),
]
