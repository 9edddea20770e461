"""What cannot be run here, a container build, is checked as far as it can be: plan, commands, and build steps."""

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import topology

PROJECT = Path(__file__).resolve().parents[2]
DOCKERFILE = PROJECT / "deploy" / "image" / "Dockerfile"
INFRASTRUCTURE = {"postgres", "migrate"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    parsed: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    found: dict[str, dict[str, Any]] = parsed["services"]
    return found


def databases(service: dict[str, Any]) -> dict[str, str]:
    return {k: v for k, v in service["environment"].items() if k.endswith("_DATABASE_URL")}


def test_every_process_of_the_plan_is_there_and_no_other(services: dict[str, Any]) -> None:
    assert set(services) == {*topology.PROCESSES, *INFRASTRUCTURE}


@pytest.mark.parametrize("process", topology.PROCESSES)
def test_process_runs_its_own_command_from_the_one_image(services: dict[str, Any], process: str) -> None:
    service = services[process]
    assert service["command"] == ["simpul", "serve", process]
    assert service["image"] == services["migrate"]["image"]
    assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert service["environment"]["SIMPUL_PORT"] == str(topology.INNER_PORT)
    assert ":?" in service["environment"]["SIMPUL_PEER_KEY"], "a missing key must stop the start"


def test_only_the_gateway_is_published(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert list(published) == [topology.GATEWAY]
    assert published[topology.GATEWAY][0].endswith(f":{topology.INNER_PORT}")


def test_each_service_is_given_its_own_database_and_no_other(services: dict[str, Any]) -> None:
    for name in topology.NAMES:
        given = databases(services[name])
        assert list(given) == [topology.database_variable(name)]
        assert given[topology.database_variable(name)].endswith(f"@postgres/{name}")
    for name in (topology.GATEWAY, topology.SIMULATOR):
        assert databases(services[name]) == {}


def test_the_simulator_is_of_demo_houses_and_keeps_its_world(services: dict[str, Any]) -> None:
    simulator = services[topology.SIMULATOR]
    assert simulator["profiles"] == ["demo"]
    assert not any("profiles" in service for name, service in services.items() if name != topology.SIMULATOR)
    folder = simulator["environment"]["SIMPUL_JKN_SIMULATOR_STATE"]
    assert simulator["volumes"] == [f"simulator:{folder}"]
    made = next(rest for word, rest in steps() if rest.startswith("install -d"))
    assert Path(folder).name in made.split(), "a volume takes the folder's owner and mode from the image"
    told = {name for name, service in services.items() if "SIMPUL_BPJS_URL" in service.get("environment", {})}
    assert {"coverage", topology.GATEWAY, topology.SIMULATOR} <= told, "who plays BPJS must be known to all"


def test_migration_knows_every_database(services: dict[str, Any]) -> None:
    of_services = {k: v for name in topology.NAMES for k, v in databases(services[name]).items()}
    assert databases(services["migrate"]) == of_services
    assert services["migrate"]["command"] == ["simpul", "migrate"]
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_connections_fit_the_server(services: dict[str, Any]) -> None:
    from services.kernel.settings import Settings

    allowed = next(int(w.split("=")[1]) for w in services["postgres"]["command"] if w.startswith("max_connections"))
    each = Settings().pool_size + 2  # the sealer's own connection, and one for a migration
    assert len(topology.NAMES) * each * 2 <= allowed, "two copies of every service must fit"


def steps() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), without comments."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_image_builds_step_by_step_in_a_clean_folder(tmp_path: Path) -> None:
    """COPY and RUN as plain commands; then the command the image is for must answer, and find every process."""
    image = tmp_path / "image"
    image.mkdir()
    for instruction, rest in steps():
        if instruction == "COPY":
            *sources, target = rest.split()
            for source in sources:
                _copy(PROJECT / source, image / target)
        elif instruction == "RUN":
            done = subprocess.run(shlex.split(rest), cwd=image, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{rest}\n{done.stderr}"
    said = subprocess.run(
        [image / ".venv" / "bin" / "simpul", "serve", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert all(process in said for process in topology.PROCESSES)
    imports = "; ".join(f"import services.{name}.app" for name in topology.NAMES)
    subprocess.run([image / ".venv" / "bin" / "python", "-c", f"{imports}; import gateway.app"], cwd="/", check=True)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target / source.name if target.is_dir() else target)
