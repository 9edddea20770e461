"""Who may import whom. The rules stand in pyproject.toml (import-linter); here they are run, and shown to bite."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SERVICES = sorted(p.parent.name for p in (PROJECT / "services").glob("*/__init__.py") if p.parent.name != "kernel")
ROOMS = ("app", "routes", "follow", "usecases", "fhir", "queries", "peers", "rules", "tables", "contract")


def lint(folder: Path) -> tuple[int, str]:
    """import-linter's exit code and report on the house in `folder`."""
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=folder, capture_output=True, text=True, timeout=120, env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
    )  # fmt: skip
    return found.returncode, found.stdout + found.stderr


def test_the_house_keeps_its_rules() -> None:
    code, report = lint(PROJECT)
    assert code == 0, report


def test_the_rules_name_every_service() -> None:
    rules = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    house, rooms = (next(r for r in rules if r["id"] == i) for i in ("house", "rooms"))
    assert {f"services.{s}" for s in SERVICES} == set(house["layers"][1].split(" | ")) - {"gateway"}
    assert {f"services.{s}" for s in SERVICES} == set(rooms["containers"])


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A house with every room and nothing in it, under the real rules."""
    modules = ["gateway/app", "deploy/onebox", "services/kernel/db", "services/kernel/ids", "services/kernel/service"]
    modules += [f"services/{s}/{r}" for s in SERVICES for r in ROOMS]
    for module in modules:
        path = tmp_path / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.touch()
    (tmp_path / "services" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_bytes((PROJECT / "pyproject.toml").read_bytes())
    return tmp_path


def test_what_the_rules_allow(small_house: Path) -> None:
    allowed = {
        "deploy/onebox": "gateway.app services.records.app",
        "gateway/app": "services.kernel.db",
        "services/records/app": "services.records.routes services.records.usecases",
        "services/records/usecases": "services.records.fhir services.records.queries services.facilities.contract",
        "services/records/queries": "services.records.rules services.kernel.db",
        "services/records/contract": "services.kernel.ids",
    }
    for module, imports in allowed.items():
        (small_house / f"{module}.py").write_text("".join(f"import {i}\n" for i in imports.split()))
    code, report = lint(small_house)
    assert code == 0, report


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("services/kernel/db", "services.records.contract"),
        ("services/kernel/db", "gateway.app"),
        ("services/records/app", "deploy.onebox"),
        ("gateway/app", "services.records.contract"),
        ("gateway/app", "deploy.onebox"),
        ("services/records/peers", "services.facilities.queries"),
        ("services/records/usecases", "services.facilities"),
        ("services/records/routes", "gateway.app"),
        ("services/records/usecases", "services.records.routes"),
        ("services/records/routes", "services.records.follow"),
        ("services/records/routes", "services.records.app"),
        ("services/records/queries", "services.records.usecases"),
        ("services/records/queries", "services.records.peers"),
        ("services/records/tables", "services.records.rules"),
        ("services/records/contract", "services.records.tables"),
        ("services/records/rules", "services.records.queries"),
        ("services/records/fhir", "services.records.queries"),
        ("services/records/fhir", "services.records.usecases"),
        ("services/records/rules", "services.kernel.db"),
        ("services/records/fhir", "services.kernel.service"),
    ],
)
def test_each_rule_bites(small_house: Path, module: str, imported: str) -> None:
    (small_house / f"{module}.py").write_text(f"import {imported}\n")
    code, report = lint(small_house)
    assert code == 1
    assert f"{module.replace('/', '.')} -> {imported}" in report


def foreign(service: str, source: str) -> list[str]:
    """What a contract imports beyond pydantic, the standard library, the kernel and its own service's contract."""
    own = (f"services.{service}.contract", "services.kernel.")
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [f"{module}.{a.name}" for a in node.names] if module.startswith("services") else [module]
        for name in names:
            root = name.split(".")[0]
            if not (root in sys.stdlib_module_names or root.startswith("pydantic") or name.startswith(own)):
                found.append(name)
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_contracts_import_only_values(service: str) -> None:
    files = [
        *(PROJECT / "services" / service).glob("contract*.py"),
        *(PROJECT / "services" / service).glob("contract/*.py"),
    ]
    assert files
    for file in files:
        assert foreign(service, file.read_text()) == []


@pytest.mark.parametrize(
    "line",
    ["import fastapi", "from sqlmodel import Field", "from services.facilities.contract import Kind",
     "from services.records.tables.persons import Person", "from services.records import tables", "import gateway.app"],
)  # fmt: skip
def test_a_contract_with_more_is_seen(line: str) -> None:
    assert foreign(
        "records", f"import uuid\nfrom pydantic import BaseModel\nfrom services.kernel.ids import Nik\n{line}\n"
    )
