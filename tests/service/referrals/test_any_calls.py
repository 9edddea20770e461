"""Whatever anybody calls, in any order: each referral stays legal, owned, timed and told, and the answers are true."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from services.kernel.events import Event
from services.referrals import follow
from tests.service.referrals import picture
from tests.service.referrals.stage import CLINIC, DUE, HOSPITAL, OFFICE, PRACTICE, PUSKESMAS, Stage, staged, token
from tests.service.referrals.test_clock import passes

LONG = bool(os.environ.get("SIMPUL_LONG"))
EXAMPLES, STEPS = (300, 50) if LONG else (15, 30)

THIRD, SECOND, FAR = "D1410010302", "P1410010102", "P1410020101"
RECEIVERS = [PUSKESMAS, HOSPITAL, SECOND, FAR]
PLACES = [*RECEIVERS, PRACTICE, CLINIC]
ACTORS: dict[str | None, dict[str, str]] = {
    PRACTICE: token("clinician", PRACTICE, "dr-rahmat"),
    CLINIC: token("clinic-system", CLINIC, "klinik"),
    PUSKESMAS: token("puskesmas-staff", PUSKESMAS, "bidan-ani"),
    SECOND: token("puskesmas-staff", SECOND, "bidan-rosa"),
    FAR: token("puskesmas-staff", FAR, "bidan-yanti"),
    HOSPITAL: token("hospital", HOSPITAL, "ners-budi"),
    THIRD: token("clinician", THIRD, "dr-lain"),
    None: token("dinkes-admin", None, "dinas"),
}
VERBS = [
    "accept", "depart", "arrive", "treat", "refer-back", "raise", "decline", "redirect", "send", "no-show", "close",
    "cancel",
]  # fmt: skip
ONWARD = [*VERBS[:9] * 3, *VERBS]
"""Most often a step that does not end it."""
WAYS = [
    "receiver accept, sender depart, receiver arrive, receiver treat, receiver refer-back",
    "receiver accept, receiver arrive, receiver treat, receiver close",
    "receiver accept, sender depart, receiver redirect, sender send, receiver accept, receiver no-show",
    "sender depart, receiver accept, receiver redirect, sender send, receiver arrive, receiver close",
    "receiver decline, office send, receiver accept, sender raise, receiver redirect, sender cancel",
]
SPANS = [timedelta(minutes=20), timedelta(hours=2), timedelta(days=2), timedelta(days=20)]

whose = st.sampled_from(["receiver", "receiver", "receiver", "sender", "sender", "former", "third", "office"])
which = st.integers(0, 5)
places = st.sampled_from(RECEIVERS)
several = st.permutations(RECEIVERS).flatmap(
    lambda p: st.tuples(st.sampled_from([1, 1, 2, 3]), st.integers(0, 2)).map(lambda n: [p[: n[0]], p[n[0] :][: n[1]]])
)
"""Whom a sending asks at once, and then."""
odd: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "reason": st.sampled_from(["Alasan lain", "x"]),
        "to_facility": st.sampled_from([*RECEIVERS, PRACTICE, OFFICE, "X0000000000"]),
        "then": st.lists(places, max_size=2),
        "urgency": st.sampled_from(["routine", "urgent", "emergency"]),
        "outcome": st.sampled_from(["died", "left", "admitted", "cancelled"]),
        "advice": st.just("Kontrol mingguan"),
        "due": st.sampled_from(["2020-01-01", DUE]),
        "at": st.sampled_from(["2026-01-01T08:00:00+07:00", "2099-01-01T08:00:00+07:00", "2026-01-01T08:00:00"]),
    },
)


def same(again: Any, first: Any) -> bool:
    """Whether a retry is given the first answer; who has no part in it any more gets it without the content."""
    told, before = again.json(), first.json()
    same = {k for k, v in told.items() if v == before.get(k)} if again.status_code == 200 else set()
    return same >= {"id", "version", "state", "leg"} and all(
        told[k] in (None, [], {}, True) for k in told.keys() - same
    )


class Calls(RuleBasedStateMachine):
    """Three women, two senders, three receivers, a stranger, the office and the clock."""

    stage: Stage
    run: Callable[[Awaitable[Any]], Any]
    turns = count()

    def __init__(self) -> None:
        super().__init__()
        self.turn = next(self.turns)
        self.persons = [f"orang-{self.turn}-{n}" for n in range(3)]
        self.merged = False
        self.known: dict[str, dict[str, Any]] = {}
        self.kept: list[tuple[str | None, str, str, dict[str, Any], httpx.Response]] = []
        self.keys = count()

    def teardown(self) -> None:
        """The next example begins without these."""
        for closed in self.run(
            self.stage.rows("SELECT code FROM facility WHERE NOT active AND code = ANY ($1)", PLACES)
        ):
            self.run(self._goes(closed["code"], True))
        for table in ("referral_step", "moved_referral", "person_merge", "first_answer", "referral"):
            self.run(self._sql(f"DELETE FROM {table}"))

    async def _sql(self, statement: str) -> None:
        async with self.stage.app.state.service.db.transaction() as tx:
            await tx.execute(statement)

    def one(self, n: int) -> dict[str, Any]:
        """One of the referrals there are."""
        rows = list(self.known.values())
        return rows[n % len(rows)]

    @rule(sender=st.sampled_from([PRACTICE, CLINIC]), person=st.integers(0, 2), asked=several, data=st.data())
    def sends(self, sender: str, person: int, asked: list[list[str]], data: st.DataObject) -> None:
        """Somebody refers one of them; what stands in the way is named, and can be gone on with."""
        (to, *at_once), then = asked
        also = {"at_once": at_once, "then": then}
        changes = data.draw(
            st.fixed_dictionaries(
                {
                    "urgency": st.sampled_from(["routine", "urgent", "emergency"]),
                    "diagnosis": st.sampled_from(["O13", "O14.1", "K02"]),
                },
                optional={
                    "draft": st.just(True),
                    "beside": st.just("Gigi, dokter lain"),
                },
            )
        )
        body = {"person_id": self.persons[person], "patient": None, "to_facility": to} | also | changes
        answer = self.run(self.stage.send(ACTORS[sender], **body))
        self.look()
        if answer.status_code == 201:
            assert answer.json()["id"] in self.known
            return
        assert answer.status_code == 409, answer.text
        open_one = self.known[answer.json()["referral"]]
        assert not changes.get("beside") and not changes.get("draft"), "a reason or a draft is never in the way"
        assert open_one["state"] == answer.json()["state"] != "closed"
        assert set(answer.json()["legal"]) == picture.legal(open_one, picture.side_of(open_one, sender))

    @precondition(lambda self: self.known)
    @rule(n=which, side=whose, verb=st.sampled_from(VERBS), told=st.one_of(st.none(), odd), retried=st.booleans())
    def takes(self, n: int, side: str, verb: str, told: dict[str, Any] | None, retried: bool) -> None:
        """Anybody takes any step, telling what fits or anything at all."""
        row, key = self.one(n), f"kunci-{self.turn}-{next(self.keys)}" if retried else None
        self.take(row, _actor(row, side), verb, told, key)

    @precondition(lambda self: self.known)
    @rule(n=which, turns=st.lists(st.tuples(whose, st.integers(0, 30)), min_size=2, max_size=8))
    def goes_on(self, n: int, turns: list[tuple[str, int]]) -> None:
        """Sides take legal steps: few sequences would get far without."""
        id_ = self.one(n)["id"]
        for side, pick in turns:
            row = self.known[id_]
            verbs = [v for v in ONWARD if v in picture.legal(row, side)]
            if verbs:
                key = f"kunci-{self.turn}-{next(self.keys)}"
                self.take(row, _actor(row, side), verbs[pick % len(verbs)], None, key)

    @precondition(lambda self: self.known)
    @rule(n=which, way=st.sampled_from(WAYS))
    def goes_all_the_way(self, n: int, way: str) -> None:
        """The ways that are gone every day, as far as they lead from here."""
        id_ = self.one(n)["id"]
        for side, verb in (step.split() for step in way.split(", ")):
            row = self.known[id_]
            if verb in picture.legal(row, side):
                self.take(row, _actor(row, side), verb, None, None)

    def take(
        self, row: dict[str, Any], actor: str | None, verb: str, told: dict[str, Any] | None, key: str | None
    ) -> None:
        """Take a step and judge the answer by the picture."""
        side, content = picture.side_of(row, actor), picture.fitting(row, verb, RECEIVERS) if told is None else told
        answer = self.run(self.stage.take(row["id"], verb, ACTORS[actor], content, key))
        if key is not None and answer.status_code == 200:
            self.kept.append((actor, row["id"], verb, content, answer))
            again = self.run(self.stage.take(row["id"], verb, ACTORS[actor], content, key))
            assert same(again, answer), again.text
        self.look()
        after, status = self.known[row["id"]], answer.status_code
        may = picture.legal(row, side)
        if status == 200:
            assert verb in may
            assert after["version"] > row["version"]
            return
        assert after["version"] == row["version"], "what was turned down changed nothing"
        if side == "third":
            assert status in (403, 422)
            return
        if status == 409 and "referral" in answer.json():
            assert answer.json()["referral"] in self.known, "another open referral stands in the way"
            return
        if verb in may:
            assert status == 422, answer.text
            assert told is not None, answer.text
        elif status != 422 or (told is None and verb not in ("send", "redirect")):  # whom it names is judged first
            assert status == 409, answer.text
            assert answer.json()["state"] == row["state"]
            assert set(answer.json()["legal"]) == may
            self.proposed(after, actor, answer.json()["legal"])

    def proposed(self, row: dict[str, Any], actor: str | None, legal: list[str]) -> None:
        """What an answer calls legal really works (another open referral may stand in a sending's way)."""
        for verb in legal[:1] if row["version"] % 2 else legal[-1:]:
            answer = self.run(self.stage.take(row["id"], verb, ACTORS[actor], picture.fitting(row, verb, RECEIVERS)))
            self.look()
            named = answer.json().get("referral") if answer.status_code == 409 else None
            assert answer.status_code == 200 or named in self.known, answer.text

    @precondition(lambda self: self.kept)
    @rule(n=which)
    def tries_again(self, n: int) -> None:
        """A retry, however late: the same answer and no second step."""
        actor, referral, verb, content, first = self.kept[n % len(self.kept)]
        before = self.known[referral]["version"]
        key = first.request.headers["idempotency-key"]
        again = self.run(self.stage.take(referral, verb, ACTORS[actor], content, key))
        assert same(again, first), again.text
        self.look()
        assert self.known[referral]["version"] == before

    @precondition(lambda self: self.known)
    @rule(n=which, tries=st.lists(st.tuples(whose, st.sampled_from(VERBS)), min_size=2, max_size=4))
    def at_once(self, n: int, tries: list[tuple[str, str]]) -> None:
        """Several act on one referral at one moment."""
        row = self.one(n)
        calls = [
            self.stage.take(row["id"], verb, ACTORS[_actor(row, a)], picture.fitting(row, verb, RECEIVERS))
            for a, verb in tries
        ]
        answers = self.run(_all(calls))
        self.look()
        assert {a.status_code for a in answers} <= {200, 403, 409, 422}, [a.text for a in answers]
        steps = self.run(
            self.stage.rows(
                "SELECT verb, side, role FROM referral_step WHERE referral_id = $1 AND number > $2",
                row["id"], row["version"],
            )
        )  # fmt: skip
        done = sorted(v for (_, v), a in zip(tries, answers, strict=True) if a.status_code == 200)
        assert sorted(s["verb"] for s in steps if s["side"] != "clock") == done, "no step is lost, none is made up"

    @rule(span=st.sampled_from(SPANS))
    def time_passes(self, span: timedelta) -> None:
        """And the clock acts."""
        self.run(passes(self.stage, span))
        self.look()
        now = self.stage.app.state.service.clock.now()
        assert all(r["ring_at"] is None or r["ring_at"] > now for r in self.known.values()), (
            "nothing lies past its time"
        )

    @rule(facility=st.sampled_from(PLACES), data=st.data())
    def facility_closes_and_opens(self, facility: str, data: st.DataObject) -> None:
        """A facility goes inactive for a while; what it owned becomes another's turn."""
        for active in (False, True):
            self.run(self._goes(facility, active))
            if active:
                break
            self.time_passes(SPANS[0])
            self.time_passes(timedelta())  # what came to it in the first is taken from it in the next
            owners = [
                r["owner_facility"] for r in self.known.values() if r["state"] != "closed" and r["owner"] != "office"
            ]
            assert facility not in owners, "what a closed facility owns has another owner"
            if self.known and data.draw(st.booleans()):
                self.take(self.one(data.draw(which)), None, "send", {"to_facility": facility}, None)

    async def _goes(self, facility: str, active: bool) -> None:
        kind = "rs" if facility == HOSPITAL else "puskesmas"
        self.stage.peers.facility(facility, facility, kind, None, active=active)
        while not await self.stage.rows("SELECT 1 FROM facility WHERE code = $1 AND active = $2", facility, active):
            await self.stage.app.state.service.followers[0].catch_up()

    @rule()
    def persons_are_merged_or_taken_apart(self) -> None:
        """Two of the women are found to be one, or were not after all."""
        survivor, other = self.persons[:2]
        data = {"survivor": survivor, "other": other, "persons": [survivor, other]}
        kind = "deleted" if self.merged else "created"
        self.run(self._merge(Event("merge", kind, f"m-{self.turn}", 2 if self.merged else 1, data, survivor)))
        self.merged = not self.merged
        self.stage.peers.merged = {other: survivor} if self.merged else {}

    async def _merge(self, event: Event) -> None:
        async with self.stage.app.state.service.db.transaction() as tx:
            await follow.records(self.stage.app.state.service, tx, [event])

    @invariant()
    def look(self) -> None:
        """Everything that always holds."""
        self.known = self.run(picture.holds(self.stage, self.persons))


def _actor(row: dict[str, Any], side: str) -> str | None:
    """Somebody who acts for a side of this referral."""
    others = {"receiver": row["asked"], "former": row["former"], "third": [], "sender": [row["from_facility"]]}
    return None if side == "office" else next(iter(others[side]), THIRD)


async def _all(calls: list[Awaitable[httpx.Response]]) -> list[httpx.Response]:
    return await asyncio.gather(*calls)


def test_any_calls_by_anyone(database: str, tmp_path: Path) -> None:
    """`SIMPUL_LONG=1` plays four hundred long ones."""
    with asyncio.Runner() as runner:
        opening = staged(database, tmp_path)
        stage = runner.run(opening.__aenter__())
        play = type("Play", (Calls,), {"stage": stage, "run": staticmethod(runner.run)})
        try:
            run_state_machine_as_test(
                play, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, print_blob=True)
            )
        finally:
            runner.run(opening.__aexit__(None, None, None))
