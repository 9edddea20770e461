"""The simulator's control, under /_control: faults, members, FKTPs, accounts. Loopback only, or with its key."""

from fastapi import APIRouter, Depends

from services.coverage.simulator.control import desk, members
from services.coverage.simulator.control.near import near
from services.coverage.simulator.world import World


def router(world: World) -> APIRouter:
    """Every control address of one simulator."""
    routes = APIRouter(prefix="/_control", dependencies=[Depends(near(world.settings))])
    routes.include_router(desk.router(world))
    routes.include_router(members.router(world))
    return routes
