"""Every service's tables and migrations say the same, from nothing to the newest and back."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic import command

from deploy.postgres import Embedded
from deploy.topology import NAMES
from services.kernel import migrate


@pytest.mark.parametrize("service", NAMES)
def test_tables_equal_migrations(postgres: Embedded, service: str) -> None:
    name = f"check_{service}"
    postgres.ensure_databases([name])
    config = migrate.config(service, postgres.url(name))

    def play() -> Any:
        command.upgrade(config, "head")
        command.check(config)
        command.downgrade(config, "base")
        command.upgrade(config, "head")
        command.check(config)

    with ThreadPoolExecutor(1) as aside:
        aside.submit(play).result()
