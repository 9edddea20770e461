"""What is being played, and whom it strikes."""

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.coverage.simulator.accounts import ServiceName
from services.coverage.simulator.faults.menu import Fault, Moment, menu


class Play(BaseModel):
    """Gangguan yang dimainkan (a fault to play). Without limits it strikes every request until it is stopped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Fault
    times: Annotated[int, Field(ge=1)] | None = None
    """For how many stricken requests."""
    moment: Moment | None = None
    """Before or after the work, for the faults that can strike at either side."""
    service: ServiceName | None = None
    method: Literal["GET", "POST", "PUT", "DELETE"] | None = None
    path: str | None = None
    """A pattern as of file names, below the service's base: `/kunjungan*`; case does not matter."""
    provider: str | None = None
    """Only requests signed in for this kdProvider."""
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Which share of the requests it could strike, drawn at random."""
    seed: int = 0
    """Of that draw: the same seed strikes the same requests."""
    seconds: Annotated[float, Field(ge=0, le=600)] = 60.0
    """How long a silence lasts."""

    def meets(self, call: "Call") -> bool:
        """Whether this play is meant for such a call."""
        return (
            self.service in (None, call.service)
            and self.method in (None, call.method)
            and self.provider in (None, call.provider)
            and (self.path is None or fnmatchcase(call.path.lower(), self.path.lower()))
            and menu()[self.fault].meets(call.service, call.method, call.path)
        )

    def strikes_at(self) -> Moment:
        """When it strikes: as asked where the fault allows it, else as the menu says."""
        entry = menu()[self.fault]
        return self.moment if self.moment and entry.movable else entry.moment


@dataclass(frozen=True, slots=True)
class Call:
    """A request as the plays see it: service, method, path below the service's base, kdProvider of its sign-in."""

    service: ServiceName
    method: str
    path: str = field(repr=False)
    provider: str | None = None


@dataclass(slots=True)
class Playing:
    """A play with its counters."""

    id: int
    play: Play
    draws: random.Random
    struck: int = 0

    def over(self) -> bool:
        """Whether it has struck as often as it should."""
        return self.play.times is not None and self.struck >= self.play.times


@dataclass(frozen=True, slots=True)
class Struck:
    """The plays that strike one request, at most one of each fault."""

    plays: tuple[Play, ...] = ()

    def has(self, *faults: Fault) -> bool:
        """Whether one of `faults` strikes."""
        return any(play.fault in faults for play in self.plays)

    def at(self, moment: Moment) -> tuple[Play, ...]:
        """Those that strike at one moment."""
        return tuple(play for play in self.plays if play.strikes_at() is moment)


NOBODY = Struck()
"""Nothing strikes."""


@dataclass(slots=True)
class Plays:
    """All that is being played, in the order it was started."""

    playing: list[Playing] = field(default_factory=list)
    last: int = 0

    def start(self, play: Play) -> int:
        """Play a fault, beside those already played. The number to stop it by."""
        self.last += 1
        self.playing.append(Playing(self.last, play, random.Random(play.seed)))  # noqa: S311 - not a secret
        return self.last

    def stop(self, number: int | None = None) -> bool:
        """Stop one play, or all. False when there is none of this number."""
        before = len(self.playing)
        self.playing = [p for p in self.playing if number is not None and p.id != number]
        return len(self.playing) < before

    def strike(self, call: Call) -> Struck:
        """What strikes this call; counts it."""
        if not self.playing:
            return NOBODY
        struck: dict[Fault, Play] = {}
        for playing in self.playing:
            play = playing.play
            if play.fault in struck or not play.meets(call):
                continue
            if play.share < 1 and playing.draws.random() >= play.share:
                continue
            playing.struck += 1
            struck[play.fault] = play
        self.playing = [p for p in self.playing if not p.over()]
        return Struck(tuple(struck.values()))
