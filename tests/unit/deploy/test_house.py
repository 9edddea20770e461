"""What an installation may choose, and the secrets it makes for itself."""

import json
from pathlib import Path

import pytest

from deploy import topology
from deploy.cli import main
from deploy.house import House
from deploy.obstacle import Obstacle
from services.coverage.rules.secrets import Keyring


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*topology.NAMES, *topology.PROCESSES):
        monkeypatch.delenv(topology.database_variable(name), raising=False)
        monkeypatch.delenv(topology.address_variable(name), raising=False)
    for name in ("PORT", "HOST", "PEER_KEY", "ADMIN_USER", "ADMIN_PASSWORD", "PUBLIC_URL"):
        monkeypatch.delenv(f"SIMPUL_{name}", raising=False)
    monkeypatch.setenv("SIMPUL_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()


def test_secrets_are_made_once_and_only_their_owner_reads_them() -> None:
    house = House()
    house.make_credentials()
    key, kept = house.peer_key(), json.loads(house.credentials.read_text())
    assert len(key) >= 32
    assert len(kept["admin"]["password"]) >= 12
    house.make_credentials()
    assert (house.peer_key(), json.loads(house.credentials.read_text())) == (key, kept)
    for path in (house.credentials, house.data / "peer.key"):
        assert path.stat().st_mode & 0o777 == 0o600
    assert house.settings("facilities")["admin_password"] == kept["admin"]["password"]
    assert "admin_password" not in house.settings("records")


def test_the_key_of_bpjs_secrets_is_made_once_and_renewed_in_front(capsys: pytest.CaptureFixture[str]) -> None:
    house = House()
    first = house.jkn_keys()
    assert house.jkn_key_file.stat().st_mode & 0o777 == 0o600
    assert House().jkn_keys() == first
    assert main(["jkn-key", "renew"]) == 0
    keyring = Keyring.of(house.settings("coverage")["jkn_keys"])
    assert len(keyring.keys) == 2
    assert keyring.current in capsys.readouterr().out
    assert Keyring.of(first).current in keyring.keys
    assert "jkn_keys" not in house.settings("records")


def test_a_given_key_of_bpjs_secrets_is_not_ours_to_renew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIMPUL_JKN_KEYS", "k1:chosen")
    house = House()
    assert house.jkn_keys() == "k1:chosen"
    assert main(["jkn-key", "renew"]) == 2
    said = capsys.readouterr()
    assert "SIMPUL_JKN_KEYS" in said.err and "chosen" not in said.err + said.out
    assert not house.jkn_key_file.exists()


def test_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPUL_PORT", "9000")
    monkeypatch.setenv("SIMPUL_HOST", "0.0.0.0")  # noqa: S104
    monkeypatch.setenv("SIMPUL_PEER_KEY", "chosen")
    monkeypatch.setenv("SIMPUL_ADMIN_PASSWORD", "chosen too")
    house = House()
    assert (house.address, house.peer_key()) == ("http://127.0.0.1:9000", "chosen")
    assert house.administrator() == {"username": "admin", "password": "chosen too"}
    assert not (house.data / "peer.key").exists()


def test_databases_are_given_all_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert House().given_databases() == {}
    monkeypatch.setenv("SIMPUL_RECORDS_DATABASE_URL", "postgresql://db/records")
    with pytest.raises(Obstacle, match="SIMPUL_FACILITIES_DATABASE_URL"):
        House().given_databases()
    for name in topology.NAMES:
        monkeypatch.setenv(topology.database_variable(name), f"postgresql://db/{name}")
    assert House().given_databases()["coverage"] == "postgresql://db/coverage"


@pytest.mark.parametrize("port", ["0", "70000", "web"])
def test_impossible_port_is_a_plain_sentence(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIMPUL_PORT", port)
    assert main(["up"]) == 2
    assert "bukan nomor port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["status"], "Simpul tidak berjalan"),
        (["migrate"], "disiapkan oleh 'make up'"),
        (["serve", "records"], "SIMPUL_RECORDS_DATABASE_URL"),
        (["client", "add", "--facility", "P1410010101"], "Jalankan 'make up' dahulu"),
        (["network", "load", "/nowhere"], "Tidak ada areas.csv"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(command: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err


def test_reset_removes_our_things_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    house = House()
    house.make_credentials()
    house.peer_key()
    house.jkn_keys()
    (house.data / "chain").mkdir()
    (house.data / "foto-keluarga.jpg").write_text("kept")
    assert main(["reset", "--yes"]) == 0
    assert [path.name for path in house.data.iterdir()] == ["foto-keluarga.jpg"]
