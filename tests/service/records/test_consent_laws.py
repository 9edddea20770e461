"""Laws of consent: the last word holds, opting out and in again restores, no word lets anyone see more than none."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.records.consents import Wish, decisions, to_fhir
from services.records.queries.visible import VISIBLE_PERSONS
from tests.service.records.bodies import BASE, systolic
from tests.service.records.test_consent import opt
from tests.service.records.test_sensitive import condition, registered, stored

Caller = Callable[..., httpx.AsyncClient]
CLIENTS = (
    ("KLINIK-A", "clinic-system"), ("TPMD-B", "clinic-system"), ("PKM-C", "puskesmas-staff"), (None, "dinkes-admin"),
)  # fmt: skip


async def sees(caller: Caller, paths: list[str]) -> dict[str, frozenset[str]]:
    """What each caller can read."""
    found = {}
    for facility, role in CLIENTS:
        client = caller(facility, role)
        answers = {path: (await client.get(f"{BASE}/{path}")).status_code for path in paths}
        found[f"{facility} {role}"] = frozenset(p for p, status in answers.items() if status == 200)
    return found


async def test_out_and_in_again_restores_and_no_opt_out_shows_more(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    await sql("UPDATE person SET village = '1410011001' WHERE person_id = $1", person)
    paths = [f"Patient/{person}"]
    for client in (a, b):
        paths += [f"Observation/{await stored(client, systolic(person))}"]
        paths += [f"Condition/{await stored(client, condition(person, 'F20.0'))}"]
    before = await sees(caller, paths)
    for turn in ("OPTOUT", "OPTIN", "OPTOUT", "OPTOUT", "OPTIN"):
        await opt(b, person, turn)
        now = await sees(caller, paths)
        if turn == "OPTIN":
            assert now == before
        else:
            assert all(now[who] <= before[who] for who in before)
            assert now != before


WISHES = st.builds(
    Wish,
    st.booleans(),
    st.sampled_from([None, "HIV", "PSY"]),
    st.sampled_from([None, "F1", "F2"]),
    st.dates().filter(lambda d: 1900 < d.year < 2100) | st.none(),
)


@settings(max_examples=200)
@given(WISHES)
def test_what_is_written_is_what_is_decided(wish: Wish) -> None:
    now = datetime(2026, 11, 22, 1, tzinfo=UTC)
    found, faults = decisions(to_fhir(wish, "p", "F0", now), lambda code: code, now)
    assert not faults
    (one,) = found
    assert (one.permit, one.class_, one.facility) == (wish.permit, wish.class_ or "", wish.organization or "")
    assert one.valid_from == (wish.begin or date(2026, 11, 22))


RULES = st.lists(
    st.tuples(st.sampled_from(["", "F1", "F2"]), st.booleans(), st.integers(0, 5)), max_size=5, unique_by=lambda r: r[2]
)


async def test_the_most_specific_then_the_latest_word_decides(records: Any) -> None:
    """Against a plain reading of the rule, over many sets of words."""
    day = datetime(2026, 1, 1, tzinfo=UTC)
    samples: list[list[tuple[str, bool, int]]] = []

    @settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    @given(RULES)
    def gather(rules: list[tuple[str, bool, int]]) -> None:
        samples.append(rules)

    gather()
    async with records.state.service.db.transaction() as tx:
        await tx.execute("INSERT INTO care_relation VALUES ('law', 'F1', 'encounter', '', NULL) ON CONFLICT DO NOTHING")
        for rules in samples:
            await tx.execute("DELETE FROM consent_rule WHERE person_id = 'law'")
            for n, (facility, permit, at) in enumerate(rules):
                await tx.execute(
                    "INSERT INTO consent_rule (consent_id, part, person_id, facility, permit, valid_from, decided_at)"
                    " VALUES ('law', $1, 'law', $2, $3, '2020-01-01', $4)",
                    n, facility, permit, day + timedelta(days=at),
                )  # fmt: skip
            own = sorted((r for r in rules if r[0] == "F1"), key=lambda r: r[2])
            anyone = sorted((r for r in rules if r[0] == ""), key=lambda r: r[2])
            wanted = own[-1][1] if own else anyone[-1][1] if anyone else True
            rows = await tx.fetch(VISIBLE_PERSONS, ["law"], "someone", "F1", False, day.date())
            assert bool(rows) == wanted, rules
        await tx.execute("DELETE FROM consent_rule WHERE person_id = 'law'")
        await tx.execute("DELETE FROM care_relation WHERE person_id = 'law'")
