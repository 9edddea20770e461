"""No input is our fault: odd days, page marks, texts and steps are answered 4xx."""

import base64
from typing import Any

import orjson
import pytest

from tests.service.referrals.stage import PRACTICE, PUSKESMAS, Stage, token


def mark(*place: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    [
        "figures?from=0001-01-01&to=0001-01-01", "figures?from=9999-12-31&to=9999-12-31", "figures?to=0001-01-05",
        "figures?from=\xff", "figures?from=2026-02-30", f"?after={mark(2**40, '2026-01-01T00:00:00', 'x')}",
        f"?after={mark(1, '0001-01-01T00:00:00+14:00', 'x')}", f"?after={mark(1, '2026-01-01T00:00:00', 'x')}",
        f"?after={mark(1, 'x', None)}", "?after=%00", "?after=\u00b2", "?limit=\u00b2", "?limit=99999999999999999999",
        f"?open=false&after={mark('9999-12-31T23:59:59-14:00', 'x')}", "?state=x", "?facility=%00",
    ],
)  # fmt: skip
async def test_odd_questions(stage: Stage, query: str) -> None:
    stage.http._transport.raise_app_exceptions = False
    for who in (token("dinkes-admin", None), token("clinician", PRACTICE)):
        answer = await stage.http.get(f"/v1/referrals{'/' if query[0] != '?' else ''}{query}", headers=who)
        assert answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "a\0bcdef"}, {"encounter": "\0"}, {"person_id": "\0", "patient": None}, {"diagnosis": "\0"},
        {"person_id": "../access-log?person=x", "patient": None}, {"sbar": {"situation": "x\0yz"}}, {"kind": "\u00b2"},
        {"to_facility": "\0\0"}, {"reason": "\u202e" * 3000}, {"tacc": {"code": 2**70}},
    ],
)  # fmt: skip
async def test_odd_referrals(stage: Stage, change: dict[str, Any]) -> None:
    stage.http._transport.raise_app_exceptions = False
    answer = await stage.send(**change)
    assert answer.status_code < 500, answer.text


async def test_odd_steps(stage: Stage) -> None:
    stage.http._transport.raise_app_exceptions = False
    referral = await stage.sent()
    receiver = token("clinician", PUSKESMAS)
    for told in (
        {"note": "a\0b"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-14:00"},
        {"due": 1},
    ):
        answer = await stage.take(referral, "accept", receiver, told)
        assert 400 <= answer.status_code < 500, (told, answer.text)
    assert (await stage.take("%00", "accept", receiver)).status_code == 400
