"""The doors of a running system, as the demo uses them: signing in, and what was answered."""

from collections.abc import Mapping
from typing import Any

import httpx


class SeedError(RuntimeError):
    """The system refused something it should have taken; the message says what, without personal data."""


async def bearer(http: httpx.AsyncClient, username: str, password: str) -> str:
    """The header that says who speaks: a member of staff."""
    form = {"grant_type": "password", "username": username, "password": password}
    answer = fine(await http.post("/oauth2/v1/token", data=form), "token")
    return f"Bearer {answer['access_token']}"


async def application(http: httpx.AsyncClient, client: Mapping[str, Any]) -> str:
    """The header that says who speaks: an application."""
    form = {"grant_type": "client_credentials", "client_id": client["id"], "client_secret": client["secret"]}
    return f"Bearer {fine(await http.post('/oauth2/v1/token', data=form), 'token')['access_token']}"


def fine(answer: httpx.Response, what: str) -> dict[str, Any]:
    """The JSON of a good answer. Raises SeedError with the problem's own words."""
    if answer.is_success:
        return dict(answer.json()) if answer.content else {}
    try:
        problem = answer.json()
        said = problem.get("detail") or problem.get("title") or ""
    except ValueError:
        said = answer.text[:200]
    raise SeedError(f"{what}: {answer.status_code} {said}")
