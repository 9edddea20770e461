"""The people of one telling: new persons each time, so that the story can be told again and again."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.demo.people import DISTRICT
from services.coverage.simulator.members import ACTIVE, Draw
from services.coverage.simulator.settings import SimulatorSettings

VILLAGE = "1410011001"
RESERVED = 8
"""First digit of the NIK's sequence: 9 are the district's people, 8 those of the story."""


@dataclass(frozen=True, slots=True)
class Human:
    """Somebody of the story."""

    name: str
    nik: str
    birth: date
    female: bool
    village: str = VILLAGE

    @property
    def gender(self) -> str:
        return "female" if self.female else "male"


@dataclass(frozen=True, slots=True)
class Cast:
    """A pregnant woman, a man with high blood pressure, a child that turns one, and the run they belong to."""

    run: str
    mother: Human
    patient: Human
    child: Human

    @classmethod
    def fresh(cls, today: date) -> "Cast":
        """New people; the child's first birthday is today (yesterday, when today is 29 February)."""
        leap = today.month == 2 and today.day == 29
        first = today.replace(year=today.year - 1, day=28 if leap else today.day)
        run = secrets.token_hex(4)
        return cls(
            run,
            mother=_human("Siti Cerita", today - timedelta(days=365 * 27 + secrets.randbelow(900)), True, member=True),
            patient=_human("Hasan Cerita", today - timedelta(days=365 * 52 + secrets.randbelow(900)), False),
            child=_human("Putri Cerita", first, True),
        )


def _human(name: str, birth: date, female: bool, *, member: bool = False) -> Human:
    """A new human; a `member` is one whom the BPJS simulator knows as active."""
    day = birth.day + 40 * female
    while True:
        place = f"{DISTRICT}{secrets.choice(range(1, 10)):02d}" if member else f"14{_two(9)}{_two(15)}"
        nik = f"{place}{day:02d}{birth:%m%y}{RESERVED}{secrets.randbelow(1000):03d}"
        if not member or Draw(SimulatorSettings().seed, nik).of("status", 100) < ACTIVE:
            return Human(name, nik, birth, female)


def _two(most: int) -> str:
    return f"{1 + secrets.randbelow(most):02d}"
