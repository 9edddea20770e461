"""Control: the state, the fault that is played, members and FKTPs."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from services.coverage.simulator.faults import Play
from services.coverage.simulator.members import Override
from services.coverage.simulator.providers import Provider
from services.coverage.simulator.world import World

NikPath = Annotated[str, Path(pattern=r"^\d{16}$")]


def router(world: World) -> APIRouter:
    """These addresses, for one simulator."""
    routes = APIRouter()

    @routes.get("/state")
    async def state() -> dict[str, Any]:
        """Keadaan simulator, tanpa nomor orang (the simulator's state, without anyone's number)."""
        return {
            "asked": world.asked,
            "fault": world.play.model_dump() if world.play else None,
            "fixed": len(world.fixed),
            "providers": len(world.providers),
        }

    @routes.put("/fault", status_code=204)
    async def play(fault: Play) -> None:
        """Mainkan satu gangguan (play a fault)."""
        world.play = fault

    @routes.delete("/fault", status_code=204)
    async def stop() -> None:
        """Hentikan gangguan (stop it)."""
        world.play = None

    @routes.put("/members/{nik}", status_code=204)
    async def fix(nik: NikPath, override: Override) -> None:
        """Tetapkan keadaan seorang peserta (fix one member)."""
        world.fix(nik, override)

    @routes.delete("/members/{nik}", status_code=204)
    async def free(nik: NikPath) -> None:
        """Kembalikan ke keadaan acak (let the member be random again)."""
        world.free(nik)

    @routes.put("/network", status_code=204)
    async def network(providers: list[Provider]) -> None:
        """Ganti daftar FKTP (replace the FKTPs)."""
        world.providers = providers

    return routes
