"""Builds the simulator: an ordinary FastAPI app that anyone's BPJS client can be pointed at."""

import time
from collections.abc import Callable

from fastapi import FastAPI

from services.coverage.simulator import control, pcare
from services.coverage.simulator.settings import SimulatorSettings
from services.coverage.simulator.world import World


def build(settings: SimulatorSettings, now: Callable[[], float] = time.time) -> FastAPI:
    """One simulator; `app.state.world` is what it holds. It needs no lifespan and no database."""
    world = World(settings, now)
    app = FastAPI(title="Simulator BPJS Kesehatan", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.world = world
    app.include_router(control.router(world))
    app.include_router(pcare.router(world))
    return app
