"""What a caller may not know cannot be got by trying: pages, cursors, states, counts of those held back, providers."""

import base64
from collections.abc import AsyncIterator, Callable
from datetime import date

import httpx
import pytest

from tests.service.indicators import conftest
from tests.service.indicators.test_numbers import get, told
from tests.service.indicators.world import Stage, Write, condition, encounter, observation, patient, who

Caller = Callable[..., httpx.AsyncClient]
V1, V2 = "1410011001", "1410022003"
CASCADE = "/v1/surveillance/tb/hiv-tested/persons"
ILL = range(1, 6)


@pytest.fixture
async def secret(stage: Stage) -> AsyncIterator[Stage]:
    """Five with tuberculosis and psychosis; the diagnosis of the mind, and the HIV test, of all but the last are kept
    from callers. Somebody healthy lives beside them."""
    for n in (*ILL, 9):
        await told(stage, Write("Patient", f"p{n}", who(n), patient(date(1980, 1, 1), V1 if n < 4 else V2)))
    for n in ILL:
        await told(
            stage,
            Write("Condition", f"m{n}", who(n), condition("F20", date(2026, 2, 3))),
            Write("Condition", f"t{n}", who(n), condition("A15.0", date(2026, 2, 3))),
            Write("Observation", f"h{n}", who(n), observation("68961-2", date(2026, 2, 6))),
        )
    conftest.KEPT |= {f"{kind}{n}" for kind in ("Condition/m", "Observation/h") for n in (1, 2, 3, 4)}
    yield stage
    conftest.KEPT.clear()


async def test_a_page_ends_without_telling_of_whom_it_passed_over(secret: Stage, caller: Caller) -> None:
    admin = caller("dinkes-admin")
    for path in (CASCADE, "/v1/indicators/spm-10/units"):
        page = await get(admin, path, limit=1)
        assert [i["person_id"] for i in page["items"]] == [who(5)], "the few one may see, not an empty page"
        plain = base64.urlsafe_b64decode((page["next"] or "") + "==")
        assert not any(who(n).encode() in plain or who(n) in (page["next"] or "") for n in (*ILL, 9))
    forged = base64.urlsafe_b64encode(f"{V1}\n{who(1)}".encode()).decode().rstrip("=")
    for path, after in ((CASCADE, who(1)), ("/v1/indicators/spm-10/units", forged)):
        assert (await get(admin, path, 400, after=after))["errors"][0]["pointer"] == "/after", "else one could try"
    mine = (await get(admin, "/v1/indicators/spm-11/units", limit=2))["next"]
    assert (await get(admin, "/v1/indicators/spm-11/units", after=mine))["items"]
    assert await get(caller("clinician", "P1"), "/v1/indicators/spm-11/units", 400, after=mine), "of another caller"
    assert await get(admin, "/v1/indicators/spm-10/units", 400, after=mine), "of another list"


async def test_how_many_are_held_back_is_a_count_as_well(secret: Stage, caller: Caller) -> None:
    assert (await get(caller("dinkes-admin"), CASCADE))["withheld"] == 4
    clinic = caller("clinician", "K2")
    seen = await get(clinic, "/v1/surveillance/tb/case/persons", village=V1)
    assert (seen["items"], seen["withheld"], seen["next"]) == ([], None, None), "three live there"


async def test_a_refusal_does_not_say_who_is_counted(secret: Stage, caller: Caller) -> None:
    path = "/v1/indicators/spm-10/units"
    stranger = caller("clinician", "K2")
    asked = [(await stranger.get(f"{path}/{who(n)}")).status_code for n in (1, 9)]
    assert asked == [403, 403], "ill or not"
    other = caller("puskesmas-staff", "P2")  # sees person 1, who lives elsewhere
    assert [(await other.get(f"{path}/{who(n)}")).status_code for n in (1, 9)] == [404, 404]


async def test_the_day_of_a_visit_kept_back_is_not_told(secret: Stage, caller: Caller) -> None:
    late = date(2026, 11, 5)
    await told(secret, Write("Observation", "h9", who(5), observation("68961-2", late)))
    admin = caller("dinkes-admin")
    for kept in (set[str](), {"Observation/h9"}):
        conftest.KEPT |= kept
        line = next(i for i in (await get(admin, "/v1/worklists", village=V2))["items"] if i["person_id"] == who(5))
        alone = await get(admin, f"/v1/worklists/{who(5)}")
        assert line["last_contact"] == alone["last_contact"] == ("2026-02-06" if kept else str(late))


async def test_who_met_an_item_unseen_is_neither_shown_nor_found(secret: Stage, caller: Caller) -> None:
    tested = date(2026, 11, 5)
    await told(secret, Write("Observation", "x5", who(5), observation("11477-7", tested), "K2"))
    admin, path = caller("dinkes-admin"), "/v1/indicators/spm-11/units"
    for kept, found in ((set[str](), [["K2"]]), ({"Observation/x5"}, [])):
        conftest.KEPT |= kept
        assert [i["facilities"] for i in (await get(admin, path, facility="K2"))["items"]] == found
        all_of = {i["person_id"]: i["facilities"] for i in (await get(admin, path))["items"]}
        assert all_of[who(5)] == (found[0] if found else []), "counted, but not by whom"


async def test_a_list_of_another_provider_does_not_say_who_goes_there_unseen(secret: Stage, caller: Caller) -> None:
    """K2 is where minds are treated; its visits are kept back."""
    for n in (1, 5):
        await told(secret, Write("Encounter", f"v{n}", who(n), encounter(date(2026, 11, 2)), "K2"))
    conftest.KEPT.add("Encounter/v1")
    for role, facility in (("clinician", "P1"), ("puskesmas-staff", "P1"), ("puskesmas-staff", "P2")):
        said = await get(caller(role, facility), "/v1/worklists", provider="K2")
        assert who(1) not in [i["person_id"] for i in said["items"]] and said["counts"] is None, (role, facility)
    assert [i["person_id"] for i in (await get(caller("dinkes-admin"), "/v1/worklists", provider="K2"))["items"]] == [
        who(5)
    ]
    own = caller("clinician", "P1")
    await told(secret, *(Write("Encounter", f"w{n}", who(n), encounter(date(2026, 11, 3)), "P1") for n in ILL))
    said = await get(own, "/v1/worklists", standard="spm-10")
    assert [i["person_id"] for i in said["items"]] == [who(5)] and said["counts"] is None, "else it counts them"
