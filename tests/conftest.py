"""Fixtures every suite shares: one real PostgreSQL per test process, a fresh migrated database per request."""

import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from deploy.postgres import Embedded
from services.kernel import migrate
from tests.leaks import pytest_configure, pytest_runtest_makereport, pytest_runtest_setup

__all__ = ["new_database", "postgres", "pytest_configure", "pytest_runtest_makereport", "pytest_runtest_setup"]

# How long an example takes says nothing on a machine that others use too.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Embedded]:
    """A PostgreSQL of our own, on real disk files (fsync off: tests of durability start their own)."""
    with tempfile.TemporaryDirectory(prefix="simpul-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with Embedded(Path(folder) / "data", durable=False) as server:
            yield server


@pytest.fixture(scope="session")
def new_database(postgres: Embedded) -> Callable[[str], str]:
    """`new_database("records")` → URL of a fresh database with that service's newest schema."""
    templates: set[str] = set()

    def make(service: str) -> str:
        template = f"template_{service}"
        if service not in templates:
            postgres.ensure_databases([template])
            with ThreadPoolExecutor(1) as aside:  # alembic runs a loop of its own; the tests' loop may be running
                aside.submit(migrate.upgrade, service, postgres.url(template)).result()
            templates.add(service)
        name = f"{service}_{uuid.uuid4().hex[:12]}"
        postgres.ensure_databases([name], template=template)
        return postgres.url(name)

    return make


DEAR = ("test_two_commands", "test_kill", "test_story", "test_docs_page", "test_webhooks", "test_compose")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The dear files first, then the rest of the system's: a worker that begins one late works on alone at the end."""

    def place(item: pytest.Item) -> tuple[bool, bool]:
        return item.path.stem not in DEAR, item.path.parent.name != "system"

    items.sort(key=place)
