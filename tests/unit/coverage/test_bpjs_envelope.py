"""Envelopes as they are really sent, and the sealed-or-plain rule."""

import json
from typing import Any

import pytest

from services.coverage.bpjs import envelope
from services.coverage.bpjs.crypto import Key
from services.coverage.bpjs.envelope import LARGE, NotAnEnvelope, fields, opened, parse

KEY = Key.of("12345", "9rAh4siA", "1700000000")
SECRET_TEXT = "SITI AMINAH"


def body(response: Any = None, meta: str = "metaData", code_key: str = "code", code: Any = 200) -> bytes:
    return json.dumps({"response": response, meta: {code_key: code, "message": "OK"}}).encode()


@pytest.mark.parametrize("meta", ["metaData", "metadata", "MetaData", "METADATA"])
@pytest.mark.parametrize("code_key", ["code", "Code"])
@pytest.mark.parametrize("code", [200, "200", " 200 "])
def test_any_spelling_is_read(meta: str, code_key: str, code: Any) -> None:
    assert parse(body(None, meta, code_key, code)).code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"<html><h1>502</h1></html>", b"null", b"[]", b'"text"', b"12", b"{}", b'{"metaData":null}',
        b'{"metaData":{"message":"OK"}}', b'{"metaData":{"code":"ok"}}', b'{"metaData":{"code":true}}', b"\xff\xfe",
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(NotAnEnvelope):
        parse(raw)


async def test_a_sealed_text_is_opened() -> None:
    found = await opened(parse(body(KEY.seal('{"a":"😀"}'))), KEY)
    assert (found.response, found.opened) == ({"a": "😀"}, True)


@pytest.mark.parametrize("plain", [None, [], [{"field": "noka", "message": "x"}], {"a": 1}, "terhapus", ""])
async def test_what_is_not_sealed_stays_as_it_is(plain: Any) -> None:
    found = await opened(parse(body(plain)), KEY)
    assert (found.response, found.opened) == (plain, False)


async def test_a_text_sealed_for_another_request_stays_closed() -> None:
    other = Key.of("12345", "9rAh4siA", "1700000001")
    assert not (await opened(parse(body(other.seal('{"a":1}'))), KEY)).opened


async def test_a_large_answer_is_opened_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    import random
    import threading

    threads: list[str] = []
    real = envelope._open

    def spy(sealed: str, key: Key) -> Any:
        threads.append(threading.current_thread().name)
        return real(sealed, key)

    monkeypatch.setattr(envelope, "_open", spy)
    rows = [{"kdDiag": f"{random.Random(i).random()}"} for i in range(800)]  # noqa: S311
    sealed = KEY.seal(json.dumps(rows))
    assert len(sealed) >= LARGE
    assert (await opened(parse(body(sealed)), KEY)).response == rows
    assert (await opened(parse(body(KEY.seal("[]"))), KEY)).response == []
    assert threads[0] != threads[1] == threading.main_thread().name


def test_field_lists_and_single_fields() -> None:
    one = {"field": "kdPoli", "message": "wajib"}
    assert fields(parse(body([one, one]))) == [("kdPoli", "wajib")] * 2
    assert fields(parse(body(one))) == [("kdPoli", "wajib")]
    assert fields(parse(body(None))) == fields(parse(body(["x"]))) == []


def test_the_person_does_not_show_in_a_repr() -> None:
    assert SECRET_TEXT not in repr(parse(body({"nama": SECRET_TEXT})))
