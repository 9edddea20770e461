"""Whatever is written after a month was frozen: what was known stays known, and every difference has its cause."""

from dataclasses import replace
from datetime import date, datetime
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings

from services.indicators.queries import reports as queries
from services.indicators.queries.numbers import Asked
from services.indicators.room import Room
from services.indicators.rules import restating
from services.indicators.usecases.restating import Frozen, since
from tests.service.indicators.lives import batches, mother, patient_with_hypertension
from tests.service.indicators.play import SEEDS, merge_or_undo
from tests.service.indicators.world import Stage, Write, patient, who

REPORT = UUID(who(9))
FACT = "person_id, concept, resource_type, resource_id, seq, date, value, value_date, value_code, until, facility"
SOME = settings(max_examples=25, suppress_health_check=list(HealthCheck))


async def known(conn: Any, at: datetime | None) -> set[tuple[Any, ...]]:
    """The facts as they are, or as they were known at a moment."""
    now = f"SELECT {FACT} FROM fact WHERE date IS NOT NULL"
    if at is None:
        return {tuple(r) for r in await conn.fetch(now)}
    gone = f"SELECT {FACT} FROM fact_gone WHERE taken_at <= $1 AND gone_at > $1"
    return {tuple(r) for r in await conn.fetch(f"{now} AND taken_at <= $1 UNION ALL {gone}", at)}


async def persons(conn: Any, at: datetime | None) -> set[tuple[Any, ...]]:
    """The same of persons."""
    said = "person_id, birth_date, sex, village, dead_on"
    if at is None:
        return {tuple(r) for r in await conn.fetch(f"SELECT {said} FROM person")}
    then = f"SELECT DISTINCT ON (person_id) {said} FROM person_gone WHERE gone_at > $1 ORDER BY person_id, gone_at"
    rows = await conn.fetch(f"SELECT {said} FROM person WHERE taken_at <= $1 UNION ALL SELECT * FROM ({then}) t", at)
    return {tuple(r) for r in rows}


@SOME
@given(seed=SEEDS)
async def test_every_difference_has_its_cause(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    day, only = rnd.choice([date(2026, 9, 30), date(2026, 10, 31)]), rules.only("spm-01", "spm-08")
    story = batches(rnd, rnd.choice([mother, patient_with_hypertension]))
    of: dict[tuple[str, str], str] = {}

    def someone(w: Write) -> Write:
        return replace(w, person=of.setdefault((w.type, w.id), who(rnd.choice([1, 1, 2]))))

    undo = conn.transaction()
    await undo.start()
    try:
        stage, merged = Stage(conn, only), dict[str, list[tuple[str, str]]]()
        await stage.begin(date(2026, 11, 21))
        villages = ("1410011001", "1410022003")
        for n in (1, 2, 3):
            await stage.write([Write("Patient", f"of-{n}", who(n), patient(date(1990, 5, 5)))])
        at = rnd.randrange(len(story) + 1)
        row: dict[str, Any] = {}
        for n, batch in enumerate([*story, []]):
            if n == at:
                row = {"id": REPORT, "year": 2026, "as_of": day, "known_at": stage.moment}
                frozen = Frozen(row, {})
                for kept in only.kept:
                    await queries.freeze_units(conn, REPORT, frozen.asked(kept))
                facts, people = await known(conn, None), await persons(conn, None)
            await stage.write([someone(w) for w in batch])
            if rnd.random() < 0.3:
                await merge_or_undo(stage, rnd, merged)
            if rnd.random() < 0.2:
                moved = patient(date(1990, 5, 5), rnd.choice(villages))
                await stage.write([Write("Patient", "of-1", who(1), moved)])
        assert await known(conn, row["known_at"]) == facts
        if not merged and at > 0:
            assert people <= await persons(conn, row["known_at"])
        for kept in only.kept:
            await _assert_explained(conn, Frozen(row, {}), frozen.asked(kept))
    finally:
        await undo.rollback()


async def _assert_explained(conn: Any, frozen: Frozen, asked: Asked) -> None:
    rows = await queries.differing(conn, asked, REPORT, None, "", 1000)
    learned = await since(conn, frozen, asked.standard, rows)
    for r in rows:
        kinds = {c.kind for c in restating.causes(r, learned, False)}
        assert kinds and kinds != {"other"}, (r, learned)
