"""Parameters and callers that several addresses share."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Response

from services.indicators.contract import Ownership, Payer, Sex
from services.indicators.rules import files
from services.indicators.usecases.viewing import Narrowing
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


def _narrowing(
    village: Annotated[str | None, Query(pattern=r"^\d{10}$", description="Hanya desa ini (village)")] = None,
    puskesmas: Annotated[
        str | None, Query(max_length=32, description="Hanya wilayah kerja puskesmas ini (catchment)")
    ] = None,
    kecamatan: Annotated[str | None, Query(pattern=r"^\d{6}$", description="Hanya kecamatan ini (kecamatan)")] = None,
    sex: Annotated[Sex | None, Query(description="Hanya jenis kelamin ini (sex)")] = None,
    age: Annotated[
        int | None,
        Query(ge=-1, le=120, description="Hanya golongan umur ini: batas bawahnya; -1 tidak diketahui (age)"),
    ] = None,
    payer: Annotated[Payer | None, Query(description="Hanya status JKN ini (payer)")] = None,
    facility: Annotated[
        str | None,
        Query(max_length=32, description="Hanya yang sedikitnya satu butirnya dipenuhi di sini (contributor)"),
    ] = None,
    kind: Annotated[
        str | None, Query(max_length=40, description="Idem, oleh jenis faskes ini (kind of contributor)")
    ] = None,
    ownership: Annotated[
        Ownership | None, Query(description="Idem, oleh faskes pemerintah atau swasta (owner of contributor)")
    ] = None,
) -> Narrowing:
    return Narrowing(village, puskesmas, kecamatan, sex, age, payer, facility, kind, ownership)


Narrowed = Annotated[Narrowing, Depends(_narrowing)]
"""Filters of a question about numbers."""

Format = Annotated[files.Form, Query(description="Bentuk jawaban; berkas untuk Excel (form of the answer)")]
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in files.MEDIA.values()}}
}
"""`responses` of a route that also answers as a file."""


def as_file(lines: Sequence[Sequence[Any]], form: str, name: str) -> Response:
    """Lines as a file of this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(files.to_file(lines, form, "indikator"), media_type=files.MEDIA[form], headers=headers)
