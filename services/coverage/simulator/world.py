"""What the simulator holds while it runs: its members' overrides, its FKTPs, and the fault it plays."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.coverage.simulator.faults import Fault, Play
from services.coverage.simulator.members import Cards, Draw, Override, peserta
from services.coverage.simulator.providers import Provider, from_csv
from services.coverage.simulator.settings import SimulatorSettings
from services.kernel.ids import nik_fault


@dataclass(slots=True)
class World:
    """One simulator. `now` is its clock, in Unix seconds."""

    settings: SimulatorSettings
    now: Callable[[], float]
    providers: list[Provider] = field(default_factory=list)
    fixed: dict[str, Override] = field(default_factory=dict)
    cards: Cards = field(init=False)
    play: Play | None = None
    asked: int = 0

    def __post_init__(self) -> None:
        self.cards = Cards(self.settings.district, {})
        if self.settings.network is not None:
            self.providers = from_csv(self.settings.network)

    def fix(self, nik: str, override: Override) -> None:
        """Fix some of a member's features; those given before and not named now are forgotten."""
        self.fixed[nik] = override
        if override.card:
            self.cards.seen[override.card] = nik

    def by_nik(self, nik: str) -> dict[str, Any] | None:
        """The member with this NIK, or None. A NIK of zeros gives the newborn BPJS answers with, too."""
        fixed = self.fixed.get(nik, Override())
        if self._on_stage(nik) and fixed.active is None and fixed.registered is None:
            fixed = fixed.model_copy(update={"active": True})
        if nik == "0" * 16:
            fixed = Override(registered=True, active=True, name="BAYI BR LAHIR")
        elif nik_fault(nik) and nik not in self.fixed:
            return None
        card = fixed.card or self.cards.of(nik)
        today = datetime.fromtimestamp(self.now(), UTC).date()
        return peserta(nik, card, Draw(self.settings.seed, nik), fixed, self.providers, today)

    def _on_stage(self, nik: str) -> bool:
        first = self.settings.always_active
        return bool(first) and nik.startswith(self.settings.district) and nik[12:].startswith(first)

    def by_card(self, card: str) -> dict[str, Any] | None:
        """The member with this card number, or None."""
        nik = self.cards.nik(card)
        found = self.by_nik(nik) if nik else None
        return found if found and found["noKartu"] == card else None

    def next_fault(self) -> Play | None:
        """The fault to play for the request that comes in now."""
        self.asked += 1
        play = self.play
        if play is not None and play.times is not None:
            self.play = play.model_copy(update={"times": play.times - 1}) if play.times > 1 else None
        return play

    def plays(self, play: Play | None, *faults: Fault) -> bool:
        """Whether the fault played is one of `faults`."""
        return play is not None and play.fault in faults
