"""The simulator's control, under /_control: faults, members, FKTPs, accounts. Loopback only, or with its key."""

import httpx
from fastapi import APIRouter, Depends

from services.coverage.simulator.control import accounts, desk, look, members, mobile
from services.coverage.simulator.control.near import near
from services.coverage.simulator.world import World


def router(world: World, http: httpx.AsyncClient | None = None) -> APIRouter:
    """Every control address of one simulator; `http` is what Mobile JKN calls facilities with."""
    routes = APIRouter(prefix="/_control", dependencies=[Depends(near(world.settings))])
    routes.include_router(desk.router(world))
    routes.include_router(members.router(world))
    routes.include_router(look.router(world))
    routes.include_router(mobile.router(world, http))
    routes.include_router(accounts.router(world))
    return routes
