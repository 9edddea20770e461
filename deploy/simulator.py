"""The BPJS simulator by itself: for who writes a BPJS client, and for who wants to look at its world."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from deploy import server, topology

WORDS = {"pcare": "PCare", "vclaim": "VClaim", "antrean": "Antrean", "icare": "iCare", "srbk": "SRBK"}


def alone(host: str, port: int, state: Path, note: Callable[[str], None]) -> None:
    """Serve the simulator until Ctrl-C. Raises Obstacle when the port or the folder is in use."""
    server.check_port(host, port)
    app = topology.build_simulator(state)

    async def started() -> None:
        note(_greeting(f"http://{f'[{host}]' if ':' in host else host}:{port}", state))

    async def serve(stop: asyncio.Event) -> None:
        async with topology.running(app):
            await server.serve(app, host, port, stop, started)

    server.run(serve)


def _greeting(address: str, state: Path) -> str:
    """Where it is and how to sign in. The sign-in is public and worth nothing elsewhere; one's own is not printed."""
    from services.coverage.simulator.app import SERVICES
    from services.coverage.simulator.settings import SimulatorSettings

    own, public = SimulatorSettings(), SimulatorSettings.model_construct()
    login = public.login()
    if own.login() == login:
        sign_in = (
            f"cons-id {login.cons_id} (satu faskes · one facility: {login.cons_id}-9914P001), secret {login.secret},\n"
            f"               user_key {login.user_key}, {login.username} / {login.password}, kdAplikasi 095"
        )
    else:
        sign_in = "SIMPUL_JKN_SIMULATOR_CONS_ID, …_SECRET, …_USER_KEY, …_USERNAME, …_PASSWORD"
    services = "\n".join(
        f"  {words:12} {address}/{prefix}" for words, prefix in ((WORDS[s.name], s.prefixes[0]) for s in SERVICES)
    )
    return f"""Simulator BPJS siap · the BPJS simulator is ready

  Halaman      {address}/
{services}
  Masuk        {sign_in}
  Datanya      {state}

Ctrl-C menghentikannya · Ctrl-C stops it"""
