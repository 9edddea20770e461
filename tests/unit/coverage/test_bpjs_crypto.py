"""Signatures and sealed answers, byte for byte as other clients make them."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.coverage.bpjs.crypto import Key, NotSealed, authorization, compress, decompress, signature

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
KEY = Key.of(VECTORS["consid"], VECTORS["secret"], VECTORS["timestamp"])
sealed = pytest.mark.parametrize("case", VECTORS["sealed"].values(), ids=VECTORS["sealed"].keys())

TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("😀🏥👩🏽‍⚕️𐍈é—\0")))


def test_the_signature_is_the_published_one() -> None:
    assert signature(VECTORS["consid"], VECTORS["secret"], VECTORS["timestamp"]) == VECTORS["signature"]


def test_the_hmac_sample_printed_by_bpjs() -> None:
    printed = VECTORS["printed_by_bpjs"]
    made = hmac.new(printed["secret"].encode(), printed["message"].encode(), hashlib.sha256).digest()
    assert base64.b64encode(made).decode() == printed["hmac"]


def test_the_authorization_is_the_published_one() -> None:
    assert authorization(*VECTORS["login"]) == VECTORS["authorization"]


def test_key_and_iv_are_the_published_ones() -> None:
    assert (KEY.key.hex(), KEY.iv.hex()) == (VECTORS["key"], VECTORS["iv"])


@sealed
def test_seals_byte_for_byte(case: dict[str, str]) -> None:
    assert compress(case["plain"]) == case["lz"]
    assert KEY.seal(case["plain"]) == case["response"]


@sealed
def test_opens_what_others_sealed(case: dict[str, str]) -> None:
    assert decompress(case["lz"]) == case["plain"]
    assert KEY.open(case["response"]) == case["plain"]


@given(TEXTS)
@settings(max_examples=300)
def test_what_is_sealed_opens_to_the_same(text: str) -> None:
    assert KEY.open(KEY.seal(text)) == text


def test_an_emoji_is_two_units_as_in_javascript() -> None:
    # lz-string 1.5.0 (JavaScript): compressToEncodedURIComponent("😀") packs D83D DE00
    assert compress("😀") == compress("\ud83d\ude00")
    assert decompress(compress("a😀b")) == "a😀b"


@given(st.text(max_size=80))
def test_a_plain_text_is_not_taken_for_a_sealed_one(text: str) -> None:
    with pytest.raises(NotSealed):
        KEY.open(text)


@given(st.binary(min_size=16, max_size=64).map(lambda b: base64.b64encode(b[: len(b) // 16 * 16]).decode()))
def test_noise_is_not_taken_for_a_member(noise: str) -> None:
    try:
        opened = KEY.open(noise)  # padding can fit by chance; what comes out is then no JSON
    except NotSealed:
        return
    with pytest.raises(ValueError):
        json.loads(opened)


def test_another_timestamp_does_not_open_it() -> None:
    other = Key.of(VECTORS["consid"], VECTORS["secret"], "1700000001")
    with pytest.raises(NotSealed):
        other.open(VECTORS["sealed"]["V1-minimal"]["response"])


def test_a_key_does_not_show_in_its_repr() -> None:
    assert VECTORS["key"] not in repr(KEY) and str(KEY.key) not in repr(KEY)
