"""Parameters and callers that several addresses share."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Path, Query

from services.kernel.auth import CARE_ROLES, Actor, Role, allow

Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN, Role.DINKES_ANALYST, Role.AUDITOR))]
"""Sums hold no person: everyone who works here may see them."""
Carer = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
"""The people behind a number: the office's administrators, and those who care for them."""
Admin = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]

StandardName = Annotated[
    str,
    Path(
        description="Layanan (spm-01, SPM-08, pip-2), atau kunci standar bila ada beberapa kumpulan "
        "(service, or the key of one of its sets)",
        max_length=130,
        examples=["spm-08"],
    ),
]
Year = Annotated[int | None, Query(ge=2000, le=2100, description="Tahun; kosong = tahun ini (year)")]
AsOf = Annotated[date | None, Query(description="Keadaan per tanggal; kosong = hari ini (as-of date)")]
Names = Annotated[
    bool,
    Query(description="Sertakan nama, dari rekam bersama menurut hak Anda; tercatat di log akses (with names, logged)"),
]
