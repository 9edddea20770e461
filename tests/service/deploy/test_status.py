"""What `simpul status` says of followers."""

from collections.abc import Callable
from typing import Any

import asyncpg

from deploy.status import measure

_EVENT = "INSERT INTO event (position, type, kind, subject, version, data) VALUES ($1, $2, 'created', $2, 1, '{}')"


async def test_who_follows_one_type_is_not_behind_the_others(new_database: Callable[[str], str]) -> None:
    url = new_database("records")
    conn = await asyncpg.connect(url)
    await conn.execute(_EVENT, 1, "merge")
    for position in (2, 3):
        await conn.execute(_EVENT, position, "Observation")
    await conn.close()
    found: dict[str, Any] = {
        "coverage": {"followers": [{"source": "records", "position": 1}]},  # only merges
        "indicators": {"followers": [{"source": "records", "position": 1}]},
    }
    await measure(found, {"records": url})
    assert found["coverage"]["followers"][0]["behind"] == 0
    assert found["indicators"]["followers"][0]["behind"] == 2
