"""A story is a list of steps; each does one thing over HTTP and says what was expected and what was seen."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.demo.story.stage import Stage


@dataclass(frozen=True, slots=True)
class Shown:
    """What a step shows: both sides of its comparison, for the closing table."""

    expected: str
    seen: str


class Failed(AssertionError):  # noqa: N818 - the end of a story, not a fault of the program
    """A step saw something else than it expected; the story ends there."""

    def __init__(self, expected: object, seen: object) -> None:
        super().__init__(f"diharapkan (expected) {expected}; terlihat (seen) {seen}")
        self.shown = Shown(said(expected), said(seen))


Play = Callable[["Stage"], Awaitable[Shown]]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its chapter (the point of the story), what it does in both languages, and how."""

    chapter: int
    id: str
    en: str
    play: Play

    @property
    def name(self) -> str:
        return f"{self.chapter}-{self.play.__name__}"


STORY: list[Step] = []
"""All steps in the order they are played; filled by the chapters as they are imported."""


def step(chapter: int, id: str, en: str) -> Callable[[Play], Play]:  # noqa: A002
    """Adds a function to the story."""

    def add(play: Play) -> Play:
        STORY.append(Step(chapter, id, en, play))
        return play

    return add


def expect(expected: object, seen: object, ok: bool | None = None) -> Shown:
    """Compares (or is told the result) and gives what to show. Raises Failed."""
    if not (expected == seen if ok is None else ok):
        raise Failed(expected, seen)
    return Shown(said(expected), said(seen))


def said(value: object) -> str:
    """A value as the table shows it."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {said(part)}" for key, part in value.items())
    if isinstance(value, set | frozenset):
        return ", ".join(sorted(map(str, value)))
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
