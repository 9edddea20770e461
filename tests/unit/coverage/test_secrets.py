"""Secrets at rest: sealed for one row, under keys that can be changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coverage.rules.secrets import NONCE, CannotOpen, Keyring, new_key

OLD, NEW = f"old:{new_key()}", f"new:{new_key()}"


@given(st.binary(max_size=300))
def test_what_is_sealed_opens_for_its_row_only(plain: bytes) -> None:
    ring = Keyring.of(OLD)
    sealed, key_id = ring.seal(plain, "line/A/pcare")
    assert ring.open(sealed, key_id, "line/A/pcare") == plain
    assert len(plain) < 4 or plain not in sealed
    for row, key in (
        ("line/B/pcare", "old"),
        ("line/A/vclaim", "old"),
        ("line/A/pcare", "new"),
        ("line/A/pcare", None),
    ):
        with pytest.raises(CannotOpen):
            ring.open(sealed, key, row)
    with pytest.raises(CannotOpen):
        ring.open(sealed[:NONCE] + bytes([sealed[NONCE] ^ 1]) + sealed[NONCE + 1 :], key_id, "line/A/pcare")


def test_the_same_secret_is_never_sealed_alike() -> None:
    ring = Keyring.of(OLD)
    assert ring.seal(b"x", "r")[0] != ring.seal(b"x", "r")[0]


def test_a_new_key_goes_in_front_and_the_old_one_still_opens() -> None:
    sealed, key_id = Keyring.of(OLD).seal(b"x", "r")
    both = Keyring.of(f"{NEW},{OLD}")
    assert both.current == "new"
    assert both.open(sealed, key_id, "r") == b"x"
    with pytest.raises(CannotOpen):
        Keyring.of(NEW).open(sealed, key_id, "r")


@pytest.mark.parametrize(
    "written",
    ["", "k", "k:", ":" + new_key(), "k:!!!", "k:c2hvcnQ=", f"{OLD},{OLD}", f"k:{new_key()[:-4]}"],
    ids=["empty", "name", "no-key", "no-name", "no-base64", "short", "twice", "cut"],  # the keys differ by process
)
def test_what_is_no_key_is_refused_without_being_named(written: str) -> None:
    with pytest.raises(ValueError) as refused:
        Keyring.of(written)
    assert len(written) < 9 or written not in str(refused.value)


def test_a_keyring_shows_no_key() -> None:
    assert OLD.partition(":")[2] not in repr(Keyring.of(OLD)) and "keys" not in repr(Keyring.of(OLD))
