"""What the simulator holds while it runs: its memory, members, FKTPs, accounts, and the faults it plays."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import Any

from services.coverage.simulator.accounts import Accounts
from services.coverage.simulator.faults import Call, Plays, Struck
from services.coverage.simulator.members import Cards, Draw, Override, peserta
from services.coverage.simulator.providers import NOWHERE, Provider, from_csv
from services.coverage.simulator.settings import SimulatorSettings
from services.coverage.simulator.store import Store
from services.kernel.ids import nik_fault

WIB = timezone(timedelta(hours=7))
_CHANGES = "SELECT said, nik, at FROM member_change"
SHOWN = 500
"""How many of the last requests can be looked at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it went."""

    at: float
    call: Call
    status: int
    """HTTP; 0: no answer left."""
    faults: tuple[str, ...]
    ms: float


class World:
    """One simulator. `now` is its clock, in Unix seconds. Its file is opened when it is first needed."""

    def __init__(self, settings: SimulatorSettings, now: Callable[[], float]) -> None:
        self.settings, self.now = settings, now
        self.providers: list[Provider] = from_csv(settings.network) if settings.network else []
        self.plays = Plays()
        self.asked = 0
        self.seen: deque[Seen] = deque(maxlen=SHOWN)
        self.cards = Cards(settings.district, {})
        self.fixed: dict[str, Override] = {}
        if settings.state is not None:
            self._remember()

    @cached_property
    def store(self) -> Store:
        """What must survive."""
        return Store(self.settings.state)

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        return Accounts(self.settings, self.store)

    def close(self) -> None:
        """Close the file, if it was opened."""
        if "store" in self.__dict__:
            self.store.close()

    def today(self) -> date:
        """The day at BPJS."""
        return self.settings.today or datetime.fromtimestamp(self.now(), WIB).date()

    def provider(self, code: str) -> Provider:
        """The FKTP with this code, by a made-up name when the network does not know it."""
        known = next((p for p in (*self.providers, NOWHERE) if p.code == code), None)
        return known or Provider(code=code, name=f"FKTP {code}")

    # Members

    def fix(self, nik: str, override: Override, since: float | None = None) -> None:
        """Fix some of a member's features, from now or from an earlier moment on; those given before and not named
        now are forgotten. Every change is kept."""
        self._change(nik, override.model_dump_json(exclude_unset=True), since)

    def free(self, nik: str) -> None:
        """Let a member be as drawn again."""
        if nik in self.fixed:
            self._change(nik, "")

    def _change(self, nik: str, said: str, since: float | None = None) -> None:
        at = self.now() if since is None else min(since, self.now())
        self.store.run("INSERT INTO member_change (nik, at, said) VALUES (?, ?, ?)", nik, at, said)
        self._take(nik, self.store.value(f"{_CHANGES} WHERE nik = ? ORDER BY at DESC, id DESC", nik))

    def _take(self, nik: str, said: str) -> None:
        """What counts for a member from here on."""
        if not said:
            self.fixed.pop(nik, None)
            return
        self.fixed[nik] = override = Override.model_validate_json(said)
        if override.card:
            self.cards.seen[override.card] = nik

    def _remember(self) -> None:
        """What was fixed, and the cards that were given out, before this start."""
        for row in self.store.all(f"{_CHANGES} ORDER BY at, id"):
            self._take(row["nik"], row["said"])
        self.cards.seen.update((r["card"], r["nik"]) for r in self.store.all("SELECT card, nik FROM card"))

    def changes(self, nik: str) -> list[tuple[float, Override | None]]:
        """Every change of a member with the moment it counts from, oldest first; None: as drawn again."""
        rows = self.store.all(f"{_CHANGES} WHERE nik = ? ORDER BY at, id", nik)
        return [(r["at"], Override.model_validate_json(r["said"]) if r["said"] else None) for r in rows]

    def roll(self, provider: str, moment: float) -> list[dict[str, Any]]:
        """Who of those ever fixed was registered at an FKTP at a moment, by card: what a monthly list is made of."""
        latest: dict[str, str] = {}
        for row in self.store.all(f"{_CHANGES} WHERE at <= ? ORDER BY at, id", moment):
            latest[row["nik"]] = row["said"]
        shown = (self._member(n, Override.model_validate_json(s) if s else Override()) for n, s in latest.items())
        here = [m for m in shown if m and m["kdProviderPst"]["kdProvider"] == provider]
        return sorted(here, key=lambda m: str(m["noKartu"]))

    def by_nik(self, nik: str) -> dict[str, Any] | None:
        """The member with this NIK, or None. A NIK of zeros gives the newborn BPJS answers with, too."""
        fixed = self.fixed.get(nik, Override())
        if nik == "0" * 16:
            fixed = Override(registered=True, active=True, name="BAYI BR LAHIR")
        elif nik_fault(nik) and nik not in self.fixed:
            return None
        return self._member(nik, fixed)

    def _member(self, nik: str, fixed: Override) -> dict[str, Any] | None:
        if self._on_stage(nik) and fixed.active is None and fixed.registered is None:
            fixed = fixed.model_copy(update={"active": True})
        card = fixed.card or self._card(nik)
        return peserta(nik, card, Draw(self.settings.seed, nik), fixed, self.providers, self.today())

    def _card(self, nik: str) -> str:
        known = len(self.cards.seen)
        card = self.cards.of(nik)
        if len(self.cards.seen) > known and self.settings.state is not None:
            self.store.run("INSERT OR IGNORE INTO card VALUES (?, ?)", card, nik)
        return card

    def _on_stage(self, nik: str) -> bool:
        first = self.settings.always_active
        return bool(first) and nik.startswith(self.settings.district) and nik[12:].startswith(first)

    def by_card(self, card: str) -> dict[str, Any] | None:
        """The member with this card number, or None."""
        nik = self.cards.nik(card)
        found = self.by_nik(nik) if nik else None
        return found if found and found["noKartu"] == card else None

    # Requests

    def strike(self, call: Call) -> Struck:
        """The faults that strike the request that comes in now; counts it."""
        self.asked += 1
        return self.plays.strike(call)

    def note(self, call: Call, status: int, struck: Struck, ms: float) -> None:
        """Keep a request among the last ones seen."""
        self.seen.append(Seen(self.now(), call, status, tuple(p.fault.value for p in struck.plays), ms))
