"""The story of `simpul demo`, step by step, on both deployments."""

from collections.abc import AsyncIterator

import pytest

from deploy.demo.play import tell
from deploy.demo.story import STORY, Stage, Step, open_stage
from tests.system.conftest import running_house


@pytest.fixture(scope="module")
async def stage(running) -> AsyncIterator[Stage]:
    async with open_stage(running.address, running.admin, running.today) as opened:
        yield opened


@pytest.mark.parametrize("step", STORY, ids=lambda step: step.name)
async def test_step(stage: Stage, step: Step) -> None:
    if failed := stage.notes.get("failed"):
        pytest.skip(f"the story ended at {failed}")
    stage.notes["failed"] = step.name
    await step.play(stage)
    del stage.notes["failed"]


async def test_it_can_be_told_again(running) -> None:
    """With other people, on the same house."""
    async with open_stage(running.address, running.admin, running.today) as again:
        rows = await tell(again, lambda _: None)
    assert [(row.label, row.shown) for row in rows if not row.ok] == []
    assert len(rows) == len(STORY)


@pytest.mark.parametrize("day", ["2026-12-31", "2027-01-01", "2028-02-29"])
async def test_it_can_be_told_on_any_day(day: str) -> None:
    """The last and the first day of a year, a leap day."""
    with running_house(SIMPUL_TODAY=day) as house:
        async with open_stage(house.address, house.admin, house.today) as stage:
            rows = await tell(stage, lambda _: None)
    assert [(row.label, row.shown) for row in rows if not row.ok] == []
    assert len(rows) == len(STORY)
