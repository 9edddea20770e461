"""Rows of forms and answers: what each must look like, and that an answer once given stays as it is."""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field, PrivateAttr

from services.facilities import instrument
from services.facilities.contract.surveys import Channel, Weight
from services.facilities.rules import satisfaction
from services.facilities.rules.cells import Code, Day, Line, once, parse, prose, shape
from services.facilities.rules.csvfile import Refused, Sheet
from services.kernel.problems import Text

Period = Annotated[str, shape(satisfaction.PERIOD.pattern, "2026, 2026-S1, 2026-Q3, 2026-11 / 2026, 2026-S1, 2026-Q3")]
Scale = Annotated[int, Field(ge=1, le=4)]
ABOUT = ("age", "sex", "education", "occupation", "service")
ELEMENTS = tuple(f"u{n}" for n in range(1, 10))
GIVEN = ("answered_on", *ELEMENTS, *ABOUT)
"""What an answer says; none of it ever changes."""


class FormRow(BaseModel):
    """A row of survey-forms.csv."""

    facility: Code
    period: Period
    served: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    weight: Weight = Weight.EXACT
    closes_on: Day | None = None
    _token: str = PrivateAttr(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def token(self) -> str:
        """The secret of a new form's link; a form that stands keeps its own."""
        return self._token

    @property
    def first_day(self) -> date:
        """Of the period."""
        return (satisfaction.days(self.period) or (date.min, date.max))[0]

    @property
    def last_day(self) -> date:
        """Of the period."""
        return (satisfaction.days(self.period) or (date.min, date.max))[1]


class AnswerRow(BaseModel):
    """A row of survey-answers.csv. `number`: the paper's own, so that a file loaded twice counts once."""

    facility: Code
    period: Period
    number: Annotated[str, shape(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", "1 sampai 60 huruf atau angka / 1 to 60 letters")]
    answered_on: Day
    u1: Scale | None = None
    u2: Scale | None = None
    u3: Scale | None = None
    u4: Scale | None = None
    u5: Scale | None = None
    u6: Scale | None = None
    u7: Scale | None = None
    u8: Scale | None = None
    u9: Scale | None = None
    age: str | None = None
    sex: str | None = None
    education: str | None = None
    occupation: str | None = None
    service: str | None = None
    suggestion: Annotated[str, prose(2000)] | None = None
    complaint: Annotated[str, prose(2000)] | None = None
    _channel: Channel = PrivateAttr(default=Channel.FILE)
    _device: str | None = PrivateAttr(default=None)
    _struck: tuple[date, str] | None = PrivateAttr(default=None)

    @property
    def channel(self) -> Channel:
        """How it came."""
        return self._channel

    @property
    def device(self) -> str | None:
        """A digest of the device's own random mark, within this form only."""
        return self._device

    @property
    def struck_on(self) -> date | None:
        """When it was struck out."""
        return self._struck[0] if self._struck else None

    @property
    def struck_reason(self) -> str | None:
        """Why it was struck out."""
        return self._struck[1] if self._struck else None

    def came(self, channel: Channel, device: str | None = None) -> "AnswerRow":
        """The same answer, with how it came."""
        self._channel, self._device = channel, device
        return self

    def struck(self, on: date, reason: str) -> "AnswerRow":
        """The same answer, struck out."""
        self._struck = (on, reason)
        return self


def forms(lines: list[Line[FormRow]], kinds: Mapping[str, str]) -> tuple[list[Line[FormRow]], list[Refused]]:
    """The facility is registered; the link does not close before the period begins."""
    lines, refused = once(lines, lambda r: (r.facility, r.period), "period")
    kept = []
    for line in lines:
        if line.row.facility not in kinds:
            text = Text("faskes belum terdaftar", "the facility is not registered")
            refused.append(Refused(line.number, "facility", text))
        elif line.row.closes_on and line.row.closes_on < line.row.first_day:
            text = Text("sebelum periodenya mulai", "before the period begins")
            refused.append(Refused(line.number, "closes_on", text))
        else:
            kept.append(line)
    return kept, refused


def parsed(texts: Mapping[str, str]) -> tuple[list[Line[AnswerRow]], list[Refused]]:
    """One answer given as JSON or by the page, as a file's row."""
    return parse(Sheet(frozenset(texts), [(1, dict(texts))], []), AnswerRow)


def answers(
    lines: list[Line[AnswerRow]], forms_: Mapping[tuple[str, str], date], known: Mapping[tuple[str, str, str], Any],
    today: date, own: str | None,
) -> tuple[list[Line[AnswerRow]], list[Refused]]:  # fmt: skip
    """`forms_`: the first day of each open form; `known`: answers there are; `own`: the only facility allowed."""
    lines, refused = once(lines, lambda r: (r.facility, r.period, r.number), "number")
    kept = []
    for line in lines:
        fault = _answer_fault(line.row, forms_, known, today, own)
        if fault is None:
            kept.append(line)
        else:
            refused.append(Refused(line.number, *fault))
    return kept, refused


def _answer_fault(
    row: AnswerRow, forms_: Mapping[tuple[str, str], date], known: Mapping[tuple[str, str, str], Any], today: date,
    own: str | None,
) -> tuple[str, Text] | None:  # fmt: skip
    if own is not None and row.facility != own:
        return "facility", Text("bukan faskes Anda", "not your facility")
    first = forms_.get((row.facility, row.period))
    if first is None:
        return "period", Text("survei periode itu belum dibuka", "no survey is open for that period")
    if row.answered_on > today:
        return "answered_on", Text(f"paling akhir hari ini, {today}", f"at the latest today, {today}")
    if all(getattr(row, e) is None for e in ELEMENTS):
        return "u1", Text("sedikitnya satu unsur dijawab", "at least one element is answered")
    for of, choices in instrument.in_force(first).choices.items():
        said, able = getattr(row, of), [c[0] for c in choices]
        if said is not None and said not in able:
            return of, Text(f"salah satu dari: {', '.join(able)}", f"one of: {', '.join(able)}")
    before = known.get((row.facility, row.period, row.number))
    if before is not None and any(getattr(row, c) != before[c] for c in GIVEN):
        return "number", Text(
            "nomor ini sudah berisi jawaban lain; jawaban tidak ditimpa, coret lalu isi baru",
            "this number holds another answer; answers are not overwritten: strike it out, then enter anew",
        )
    return None
