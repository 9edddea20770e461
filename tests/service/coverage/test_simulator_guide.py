"""The guide of the simulator says what is so: its curl example works, its menu is the menu."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest

from services.coverage.simulator.app import SERVICES, build
from services.coverage.simulator.faults.menu import menu
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.test_pcare_over_http import serving

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "jkn-simulator.md").read_text(encoding="utf-8")


def test_its_menu_is_the_menu() -> None:
    told = re.findall(r"^\| \w+ \| `([\w-]+)` \| (.+) \|$", GUIDE, re.MULTILINE)
    assert told == [(f.value, f"{entry.title.id} ({entry.title.en})") for f, entry in menu().items()]


def test_it_names_every_service() -> None:
    assert all(f"| `/{service.prefixes[0]}` |" in GUIDE for service in SERVICES)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl")
async def test_its_example_works_as_it_stands() -> None:
    found = re.search(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    app = build(SimulatorSettings())
    async with serving(app) as address:
        script = found[1].replace("http://127.0.0.1:8090", address)
        script = "export NO_PROXY=127.0.0.1\n" + script
        process = await asyncio.create_subprocess_exec(
            "bash", "-euc", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT
        )
        out, err = await process.communicate()
    app.state.world.close()
    assert json.loads(out)["noKTP"] == "1410014107908001", err
