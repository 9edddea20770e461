"""The satisfaction survey: forms and their links, answers by link, file or staff, striking out."""

import time
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from services.facilities import instrument
from services.facilities.contract.readiness import Words
from services.facilities.contract.surveys import (
    SURVEY_ANSWER,
    SURVEY_FORM,
    Asked,
    Channel,
    Choice,
    OpenedForm,
    PublicForm,
)
from services.facilities.queries import facilities, loading
from services.facilities.queries import surveys as queries
from services.facilities.rules import surveys as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.surveys import AnswerRow, FormRow
from services.facilities.usecases import own
from services.facilities.usecases.loading import Asked as Load
from services.facilities.usecases.loading import Checked, File, Written, apply, apply_one
from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, Gone, NotFound, Text, Throttled, Unprocessable
from services.kernel.service import Service
from services.kernel.throttle import Throttle

PER_MINUTE = 30
"""Answers one address may give to one form in a minute: a waiting room behind one router, not a machine."""
NO_FORM = Text("Survei tidak ditemukan; periksa tautannya", "There is no such survey; check the link")


async def _check_forms(tx: Tx, lines: list[Line[FormRow]]) -> Checked[FormRow]:
    return rules.forms(lines, await facilities.kinds(tx, list({line.row.facility for line in lines})))


FORMS = File(
    SURVEY_FORM, FormRow, ("facility", "period"), _check_forms,
    ("facility", "period", "first_day", "last_day", "served", "weight", "closes_on"),
)  # fmt: skip


def answers_on(today: date, only: str | None = None) -> File[AnswerRow]:
    """Answers as they may be loaded on a day; `only`: by the staff of this facility."""

    async def check(tx: Tx, lines: list[Line[AnswerRow]]) -> Checked[AnswerRow]:
        first = await queries.first_days(tx, list({line.row.facility for line in lines}))
        known = await queries.known(tx, [(r.row.facility, r.row.period, r.row.number) for r in lines])
        return rules.answers(lines, first, known, today, only)

    return File(
        SURVEY_ANSWER, AnswerRow, ("facility", "period", "number", "answered_on"), check,
        ("facility", "period", "number", "answered_on", *rules.ELEMENTS, "channel", "struck_on"), write=_write,
    )  # fmt: skip


async def _write(tx: Tx, lines: list[Line[AnswerRow]], asked: Load) -> Written[AnswerRow]:
    """Answers that are new; their free words go where only the facility and the office look."""
    rows = [line.row for line in lines]
    striking = asked.columns & {"struck_on", "struck_reason"}
    same = frozenset({"answered_on"})  # the check has seen that an answer that is there says the same
    changed = await loading.upsert(tx, SURVEY_ANSWER, rows, striking or same, asked.by)
    new = {(r["facility"], r["period"], r["number"]) for r in changed if r["version"] == 1}
    said = [
        (r.facility, r.period, r.number, kind, words)
        for r in rows if (r.facility, r.period, r.number) in new
        for kind in ("suggestion", "complaint") if (words := getattr(r, kind))
    ]  # fmt: skip
    await queries.add_comments(tx, said)
    return Written(changed, changed)


async def open_form(service: Service, actor: Actor, any_code: str, fields: Mapping[str, Any]) -> OpenedForm:
    """Open a facility's survey for a period, or change one that stands. Raises NotFound, Refused, Unprocessable."""
    async with service.db.transaction() as tx:
        home = await own.own(tx, actor, any_code)
        row = {**fields, "facility": home["code"]}
        await apply_one(tx, FORMS, row, actor.subject, service.clock.today())
        made = await queries.form(tx, home["code"], str(fields["period"]))
    return opened(service, made or {})


def opened(service: Service, row: Mapping[str, Any]) -> OpenedForm:
    """A form with its link; the secret stands behind #, so that no log and no referrer holds it."""
    return OpenedForm(**row, link=f"{service.settings.public_url.rstrip('/')}/survei#{row['token']}")


async def form(service: Service, actor: Actor, any_code: str, period: str) -> OpenedForm:
    """A form with its link, for its facility and the office. Raises NotFound, Refused."""
    async with service.db.reading() as conn:
        return opened(service, await own_form(conn, actor, any_code, period))


async def own_form(conn: Connection, actor: Actor, any_code: str, period: str) -> dict[str, Any]:
    """A form of the caller's own facility, or any for the office. Raises NotFound, Refused."""
    home = await own.own(conn, actor, any_code)
    found = await queries.form(conn, home["code"], period)
    if found is None:
        raise NotFound(NO_FORM)
    return found


async def enter(service: Service, actor: Actor, any_code: str, period: str, fields: Mapping[str, Any]) -> str:
    """Staff enter one paper; the number of the answer. Raises NotFound, Refused, Unprocessable."""
    today = service.clock.today()
    async with service.db.transaction() as tx:
        found = await own_form(tx, actor, any_code, period)
        row = _row(found, fields, Channel.STAFF, today)
        await _add(tx, row, actor.subject, today)
    return row.number


async def strike(service: Service, actor: Actor, any_code: str, period: str, number: str, reason: str) -> None:
    """An answer no longer counts, for a reason; what it said stays. Raises NotFound, Refused, Conflict."""
    today = service.clock.today()
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        found = await own_form(tx, actor, any_code, period)
        key = (found["facility"], found["period"], number)
        row = (await queries.known(tx, [key])).get(key)
        if row is None:
            raise NotFound(Text("Jawaban tidak ditemukan", "There is no such answer"))
        if row["struck_on"] is not None:
            raise Conflict(Text("Jawaban sudah dicoret", "The answer is struck out already"))
        said = {k: v for k, v in row.items() if k in AnswerRow.model_fields}
        answer = AnswerRow.model_construct(**said).came(Channel(row["channel"]), row["device"]).struck(today, reason)
        load = Load(frozenset({"struck_on", "struck_reason"}), actor.subject, today)
        await apply(tx, answers_on(today), [Line(1, answer)], load)


async def public_form(service: Service, token: str, caller: str) -> PublicForm:
    """What the page of a link shows. Raises NotFound, Throttled."""
    found = await _by_link(service, token, caller)
    book = instrument.in_force(found["first_day"])
    return PublicForm(
        facility=found["name"], period=found["period"], open=_is_open(found, service.clock.today()), source=book.source,
        questions=[
            Asked(code=e.code, ask=_words(e.ask), answers=[_words(a) for a in e.answers]) for e in book.elements
        ],
        about={of: [Choice(code=c, says=Words(id=i, en=en)) for c, i, en in said] for of, said in book.choices.items()},
    )  # fmt: skip


def _words(both: tuple[str, str]) -> Words:
    return Words(id=both[0], en=both[1])


async def answer(
    service: Service, token: str, caller: str, fields: Mapping[str, Any], device: str | None, again: bool
) -> None:
    """One person's answers by the link. Raises NotFound, Gone (closed), Conflict (this device has answered; `again`
    says that it is another person's turn), Throttled, Unprocessable."""
    _pace(service, (token[:64], caller), PER_MINUTE)
    found = await _by_link(service, token, caller)
    today = service.clock.today()
    if not _is_open(found, today):
        raise Gone(Text("Survei ini sudah ditutup; terima kasih", "This survey is closed; thank you"))
    mark = sha256(f"{token}/{device}".encode()).hexdigest()[:32] if device else None
    async with service.db.transaction() as tx:
        if mark and not again and await queries.answered_by(tx, found["facility"], found["period"], mark):
            raise Conflict(
                Text("Perangkat ini sudah mengisi survei ini", "This device has answered this survey"),
                code="answered",
            )
        await _add(tx, _row(found, fields, Channel.LINK, today, mark), "survey-link", today)


def _row(
    form_: Mapping[str, Any], fields: Mapping[str, Any], channel: Channel, today: date, device: str | None = None
) -> AnswerRow:
    """An answer as a row; a number of its own when none is given. Raises Unprocessable."""
    row = {"number": new_id(), "answered_on": today, **{k: v for k, v in fields.items() if v is not None}}
    texts = {k: str(v) for k, v in row.items()} | {"facility": form_["facility"], "period": form_["period"]}
    lines, refused = rules.parsed(texts)
    if refused:
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), _faults(refused))
    return lines[0].row.came(channel, device)


async def _add(tx: Tx, row: AnswerRow, by: str, today: date) -> None:
    columns = frozenset(AnswerRow.model_fields)
    _, refused = await apply(tx, answers_on(today), [Line(1, row)], Load(columns, by, today))
    if refused:
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), _faults(refused))


def _faults(refused: Any) -> list[Fault]:
    return [Fault(f"/{r.column or ''}", r.reason) for r in refused]


def _is_open(form_: Mapping[str, Any], today: date) -> bool:
    return bool(today <= (form_["closes_on"] or form_["last_day"]))


async def _by_link(service: Service, token: str, caller: str) -> dict[str, Any]:
    """The form behind a link; who tries many wrong ones must wait."""
    throttle, key, now = _desk(service), ("?", caller), time.monotonic()
    _held(throttle.wait(key, now))
    async with service.db.reading() as conn:
        found = await queries.form_of(conn, token)
    if found is None:
        throttle.miss(key, now)
        raise NotFound(NO_FORM)
    return found


def _pace(service: Service, key: tuple[str, str], most: int) -> None:
    throttle = service.room.setdefault("survey-pace", Throttle(misses=most))
    now = time.monotonic()
    _held(throttle.wait(key, now))
    throttle.miss(key, now)


def _desk(service: Service) -> Throttle:
    held: Throttle = service.room.setdefault("survey-links", Throttle(misses=10))
    return held


def _held(wait: int) -> None:
    if wait:
        raise Throttled(
            Text(f"Terlalu sering; coba lagi {wait} detik lagi", f"Too often; try again in {wait} seconds"),
            headers={"Retry-After": str(wait)},
        )
