"""The edges of births and newborns: what a visit lends, places, attendants, hours. Permenkes 6/2024."""

from datetime import UTC, date, datetime
from itertools import permutations

import pytest

from tests.service.indicators.world import Stage, Write, encounter, observation, quantity, who

LENT = "SELECT date, at, facility, hosted, visit_start, visit_until FROM fact WHERE concept = 'weight'"


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_what_a_visit_lends_whatever_arrives_first(scene: Stage, order: tuple[int, ...]) -> None:
    period = {"start": "2026-05-01T18:00:00Z", "end": "2026-05-03"}
    visit = encounter(None) | {"period": period}
    writes = [
        Write("Encounter", "v", who(1), encounter(date(2026, 1, 1))),
        Write("Encounter", "v", who(1), visit, provider="P1"),
        Write("Observation", "w", who(1), observation("29463-7", None, "v", **quantity(50, "kg")), provider="P2"),
    ]
    if order.index(0) > order.index(1):
        writes[0] = writes[1]
    for n in order:
        await scene.write([writes[n]])
    moment = datetime(2026, 5, 1, 18, tzinfo=UTC)
    lent = (date(2026, 5, 2), moment, "P1", True, date(2026, 5, 2), date(2026, 5, 3))
    assert tuple(await scene.conn.fetchrow(LENT)) == lent
    own = observation("29463-7", "2026-05-02T20:00:00+07:00", "v", **quantity(50, "kg"))
    await scene.write([Write("Observation", "w", who(1), own), Write("Encounter", "v", who(1), None)])
    told = (date(2026, 5, 2), datetime(2026, 5, 2, 13, tzinfo=UTC), "K1", False, None, None)
    assert tuple(await scene.conn.fetchrow(LENT)) == told
    await scene.write([Write("Encounter", "v", who(1), visit)])
    assert (await scene.conn.fetchrow(LENT))["at"] == told[1]
