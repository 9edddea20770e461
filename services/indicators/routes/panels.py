"""The panels of the clusters."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query

from services.indicators.contract import By, ClusterPanel, CountedPage
from services.indicators.routes.common import AsOf, Carer, Names, Reader, Year
from services.indicators.routes.cursors import decode, encode
from services.indicators.usecases import panels
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/indicators/panels", tags=["Indikator (indicators)"])
Cluster = Annotated[int, Path(ge=1, le=4, description="Klaster: 2, 3, 4 (cluster)", examples=[2])]


@router.get("/{cluster}", summary="Panel PWS satu klaster (a cluster's panel)")
async def panel(
    service: Svc,
    actor: Reader,
    cluster: Cluster,
    year: Year = None,
    as_of: AsOf = None,
    by: Annotated[
        Literal["village", "puskesmas", "kecamatan"] | None, Query(description="Rincian tempat tinggal (breakdown)")
    ] = None,
) -> ClusterPanel:
    """Yang dipantau klaster 2 (ibu dan anak), 3 (dewasa dan lansia), 4 (penyakit menular): capaian riil tiap baris,
    menurut tempat tinggal; `link` membuka yang belum. Isinya data: `standards/panels.toml`. (What a cluster watches;
    each line opens to those who lack it.)
    """
    return await panels.panel(service, actor, cluster, year, as_of, By(by) if by else None)


@router.get("/{cluster}/{line}/persons", summary="Orang di balik satu baris (persons behind a line)")
async def persons(
    service: Svc,
    actor: Carer,
    cluster: Cluster,
    line: Annotated[
        str, Path(max_length=64, description="Kode baris yang dihitung dari catatan (line)", examples=["d-s"])
    ],
    as_of: AsOf = None,
    village: Annotated[str | None, Query(pattern=r"^\d{10}$", description="Kode desa (village)")] = None,
    after: Annotated[
        str | None, Query(max_length=400, description="Isi `next` dari halaman sebelumnya (cursor)")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Banyaknya tiap halaman (page size)")] = 50,
    names: Names = False,
) -> CountedPage:
    """Kunjungan rumah: yang dikunjungi. D/S: balita yang belum ditimbang bulan ini. N/D: yang beratnya tidak naik.
    KF: ibu nifas yang kontaknya belum lengkap. Tiap orang yang tampil dicatat di log akses; nama hanya bila
    diminta. (Visited at home; not weighed; not heavier; postnatal contacts lacking. Each is logged.)
    """
    asked = f"panel {cluster} {line} {as_of} {village}"
    (place,) = decode(service, actor, asked, after, 1)
    start = UUID(place) if place else UUID(int=0)
    found, end = await panels.persons(service, actor, cluster, line, as_of, village, start, limit, names)
    return found.model_copy(update={"next": encode(service, actor, asked, (end,) if end else None)})
