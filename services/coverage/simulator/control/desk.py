"""Control: the state, the faults that are played, the FKTPs."""

from typing import Any

from fastapi import APIRouter, HTTPException

from services.coverage.simulator.faults import Play
from services.coverage.simulator.faults.menu import menu
from services.coverage.simulator.faults.plays import Playing
from services.coverage.simulator.providers import Provider
from services.coverage.simulator.world import World


def router(world: World) -> APIRouter:
    """These addresses, for one simulator."""
    routes = APIRouter()

    @routes.get("/state")
    async def state() -> dict[str, Any]:
        """Keadaan simulator, tanpa nomor orang (the simulator's state, without anyone's number)."""
        return {
            "asked": world.asked,
            "playing": [shown(p) for p in world.plays.playing],
            "fixed": len(world.fixed),
            "providers": len(world.providers),
        }

    @routes.get("/faults")
    async def faults() -> dict[str, Any]:
        """Menu gangguan, dan yang sedang dimainkan (the menu of faults, and what is being played)."""
        return {
            "menu": [entry.model_dump(mode="json") for entry in menu().values()],
            "playing": [shown(p) for p in world.plays.playing],
        }

    @routes.post("/faults", status_code=201)
    async def play(fault: Play) -> dict[str, int]:
        """Mainkan satu gangguan di samping yang lain (play a fault, beside the others)."""
        return {"id": world.plays.start(fault)}

    @routes.delete("/faults", status_code=204)
    async def stop_all() -> None:
        """Hentikan semua gangguan (stop all faults)."""
        world.plays.stop()

    @routes.delete("/faults/{number}", status_code=204)
    async def stop(number: int) -> None:
        """Hentikan satu gangguan (stop one)."""
        if not world.plays.stop(number):
            raise HTTPException(404, "no such play")

    @routes.put("/network", status_code=204)
    async def network(providers: list[Provider]) -> None:
        """Ganti daftar FKTP (replace the FKTPs)."""
        world.providers = providers

    return routes


def shown(playing: Playing) -> dict[str, Any]:
    """A play as the control desk shows it."""
    return {"id": playing.id, "struck": playing.struck, **playing.play.model_dump(mode="json", exclude_none=True)}
