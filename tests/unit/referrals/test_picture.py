"""The machine beside the picture drawn apart from it: every arrow, and many thousand walks."""

import os
import random
from itertools import product

from services.referrals.contract import Side, State, Urgency, Verb
from services.referrals.rules import machine, referrals
from services.referrals.rules.clock_file import STARTING
from services.referrals.rules.machine import Illegal
from tests.service.referrals import picture
from tests.unit.referrals.examples import HOSPITAL, NOW, OFFICE, PUSKESMAS, draft, sent, taken
from tests.unit.referrals.test_laws import PEOPLE, holds, told

WALKS = 100_000 if os.environ.get("SIMPUL_LONG") else 3_000


def test_the_machine_is_the_picture() -> None:
    """Every state, urgency, answered or not, every side and verb."""
    for state, urgency, answered, side, verb in product(State, Urgency, (True, False), PEOPLE, Verb):
        drawn = picture.arrows(state, urgency, answered).get(verb)
        if drawn is not None and side in drawn[1]:
            assert machine.step(state, verb, side, urgency, answered=answered) == drawn[0]
        else:
            try:
                led = machine.step(state, verb, side, urgency, answered=answered)
            except Illegal as illegal:
                assert set(illegal.legal) == {
                    v for v, (_, sides) in picture.arrows(state, urgency, answered).items() if side in sides
                }
            else:
                raise AssertionError(f"{verb} by {side} led from {state} to {led}")


def test_thousands_of_walks() -> None:
    """Steps of anybody and of the clock, to the end or for thirty steps: what must hold, holds."""
    dice, ends = random.Random(5), 0  # noqa: S311
    for n in range(WALKS):
        referral = draft() if n % 5 == 0 else sent(dice.choice(list(Urgency)))
        for _ in range(30):
            if referral.state is State.CLOSED:
                ends += 1
                break
            if dice.random() < 0.2:
                _, referral = referrals.ring(referral, STARTING, NOW, OFFICE)
            side: Side = dice.choice(PEOPLE)
            if possible := referral.legal(side):
                verb = dice.choice(possible)
                to = HOSPITAL if PUSKESMAS.code in referral.asked else PUSKESMAS
                referral = taken(referral, verb, side, told(referral, verb), to)
            holds(referral)
    assert ends > WALKS / 2
