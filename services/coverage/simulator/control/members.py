"""Control of members: what is fixed about them, since when, and the monthly list of an FKTP made of it.

BPJS has no address that lists an FKTP's members; it sends files, whose layout is not published. The list here is ours.
"""

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import Field

from services.coverage.simulator.members import Override
from services.coverage.simulator.world import WIB, World

NikPath = Annotated[str, Path(pattern=r"^\d{16}$")]
MonthPath = Annotated[str, Path(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Since = Annotated[date | None, Query(description="Berlaku sejak tanggal ini, bukan sejak sekarang (counts from)")]
COLUMNS = (
    "NO KARTU", "NIK", "NAMA", "SEX", "TGL LAHIR", "KD JENIS PESERTA", "JENIS PESERTA", "KELAS", "STATUS",
    "KD FASKES", "NAMA FASKES", "TMT", "PROLANIS", "PRB",
)  # fmt: skip


def router(world: World) -> APIRouter:
    """These addresses, for one simulator."""
    routes = APIRouter()

    @routes.put("/members/{nik}", status_code=204)
    async def fix(nik: NikPath, override: Override, since: Since = None) -> None:
        """Tetapkan keadaan seorang peserta; yang tidak disebut kembali acak (fix one member)."""
        world.fix(nik, override, _start(since))

    @routes.patch("/members/{nik}", status_code=204)
    async def change(nik: NikPath, override: Override, since: Since = None) -> None:
        """Ubah sebagian; yang lain tetap (change some features, keep the others)."""
        kept = world.fixed.get(nik, Override()).model_dump(exclude_unset=True)
        said = Override.model_validate(kept | override.model_dump(exclude_unset=True))
        world.fix(nik, said, _start(since))

    @routes.delete("/members/{nik}", status_code=204)
    async def free(nik: NikPath) -> None:
        """Kembalikan ke keadaan acak (let the member be random again)."""
        world.free(nik)

    @routes.post("/members", status_code=204)
    async def enrol(niks: list[Annotated[str, Field(pattern=r"^\d{16}$")]], since: Since = None) -> None:
        """Masukkan orang ke daftar, dengan keadaan acaknya (put people on the lists, as they are drawn)."""
        with world.store.writing():
            for nik in niks:
                if nik not in world.fixed:
                    world.fix(nik, Override(), _start(since))

    @routes.get("/members/{nik}")
    async def one(nik: NikPath) -> dict[str, Any]:
        """Peserta sekarang, dan semua perubahannya (a member now, and every change)."""
        found = world.by_nik(nik)
        if found is None and not world.changes(nik):
            raise HTTPException(404, "no such member")
        said = [(at, o.model_dump(exclude_unset=True, mode="json") if o else None) for at, o in world.changes(nik)]
        changes = [{"since": datetime.fromtimestamp(at, WIB).isoformat(), "fixed": o} for at, o in said]
        return {"peserta": found, "changes": changes}

    @routes.get("/lists/{provider}/{month}")
    async def monthly(provider: str, month: MonthPath) -> Response:
        """Daftar peserta satu FKTP pada akhir bulan, CSV (an FKTP's members at the end of a month)."""
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        for m in world.roll(provider, _end(month)):
            rows.writerow(_row(m))
        return Response(out.getvalue(), media_type="text/csv; charset=utf-8")

    return routes


def _start(day: date | None) -> float | None:
    return datetime.combine(day, time(), WIB).timestamp() if day else None


def _end(month: str) -> float:
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=32)).replace(day=1)
    return datetime.combine(following, time(), WIB).timestamp() - 1


def _row(m: dict[str, Any]) -> list[Any]:
    payer, at = m["jnsPeserta"], m["kdProviderPst"]
    return [
        m["noKartu"], m["noKTP"], m["nama"], m["sex"], m["tglLahir"], payer["kode"], payer["nama"],
        m["jnsKelas"]["kode"], m["ketAktif"], at["kdProvider"], at["nmProvider"], m["tglMulaiAktif"], m["pstProl"],
        m["pstPrb"],
    ]  # fmt: skip
