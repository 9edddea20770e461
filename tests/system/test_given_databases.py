"""Database addresses given by environment are used, and no server of our own is started."""

import httpx
import pytest

from deploy import topology
from deploy.postgres import Embedded
from tests.system.conftest import running_house


@pytest.mark.parametrize("way", [[], ["--split"]], ids=["onebox", "split"])
def test_given_databases_are_used(postgres: Embedded, way: list[str]) -> None:
    suffix = "_split" if way else ""
    given = {topology.database_variable(name): postgres.url(f"given_{name}{suffix}") for name in topology.NAMES}
    with running_house(*way, **given) as house:
        assert httpx.get(f"{house.address}/health/ready").status_code == 200
        assert not (house.data / "postgres").exists()
        token = httpx.post(f"{house.address}/oauth2/v1/token", data={"grant_type": "password", **house.admin})
        assert token.status_code == 200, token.text
    assert postgres.sql("SELECT count(*) FROM staff", f"given_facilities{suffix}").strip() == "1"
