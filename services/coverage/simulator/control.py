"""The simulator's control desk, under /_control: faults, members, FKTPs. Loopback only, or with its key."""

import hmac
import ipaddress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request

from services.coverage.simulator.faults import Play
from services.coverage.simulator.members import Override
from services.coverage.simulator.providers import Provider
from services.coverage.simulator.world import World

NikPath = Annotated[str, Path(pattern=r"^\d{16}$")]


def router(world: World) -> APIRouter:
    """The control addresses of one simulator."""

    async def near(request: Request) -> None:
        """Only from this machine, or with the simulator's own key."""
        key, given = world.settings.control_key.get_secret_value(), request.headers.get("x-simulator-key", "")
        if key and hmac.compare_digest(given.encode(), key.encode()):
            return
        host = request.client.host if request.client else ""
        try:
            loopback = ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise HTTPException(403, "control is for loopback, or with X-Simulator-Key")

    routes = APIRouter(prefix="/_control", dependencies=[Depends(near)])

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
        world.fixed.pop(nik, None)

    @routes.put("/network", status_code=204)
    async def network(providers: list[Provider]) -> None:
        """Ganti daftar FKTP (replace the FKTPs)."""
        world.providers = providers

    return routes
