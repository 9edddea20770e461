"""The steps of one visit, in their order, and how BPJS is looked at for each.

    registration → visit (noKunjungan) → parts (medicines, procedures, MCU)
    changed:       visit-change (PUT) → the parts that changed
    in error:      visit-removal → registration-removal

A day that was corrected is removed and sent anew, because BPJS keeps a visit under the day of its registration.
"""

from dataclasses import replace
from datetime import date
from urllib.parse import quote

from services.coverage.bpjs import answers
from services.coverage.bpjs.listing import Listed, listed
from services.coverage.bpjs.outcomes import Because, Refused, Reply, Said, Unavailable
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.deliveries import Action
from services.coverage.rules import deliveries as rules
from services.coverage.rules import visit_given as given_rules
from services.coverage.rules.deliveries import Delivery, Given, Why
from services.coverage.rules.pcare_visit import dmy
from services.coverage.rules.visit_given import PART, VISIT, inner, text
from services.coverage.usecases.lines import OpenLine
from services.coverage.usecases.outbox.port import Found, Gap, Looked, Order, Skip, Step
from services.coverage.usecases.outbox.visit import Bodies, Body, Build, Cancelled, Part, Visit, key_of, keyed
from services.kernel.service import Service

PAGE = 100
CARD_CHANGED = (
    "Nomor kartu peserta berubah sejak kunjungan ini diterima BPJS. Hapus kunjungannya di PCare, lalu kirim ulang."
)
NO_CARD = "Nomor kartu peserta tidak diketahui, jadi BPJS tidak dapat dilihat kembali."


class VisitSteps:
    """The steps of one visit, over one line."""

    def __init__(self, visit: Visit, line: OpenLine, owed: Delivery, key: bytes) -> None:
        self._visit, self._line, self._owed, self._key = visit, line, owed, key
        self._card = visit.card or ""
        self._bodies = visit.what if isinstance(visit.what, Bodies) else None

    def what(self) -> Order | Gap | Skip:
        """The order, or why there is none. A reason not to send does not take back a visit that BPJS has."""
        what, given = self._visit.what, self._owed.given
        if isinstance(what, Gap):
            return what
        if given and not self._same_card(given):
            return Gap((("noKartu", CARD_CHANGED),), CARD_CHANGED, Why.CARD_CHANGED)
        if isinstance(what, Skip):
            if given.no_kunjungan:
                return Order(Action.SEND, lambda _: None)
            again = Order(Action.REMOVE, self._removing, to=self._owed.facility)
            return again if given or self._owed.unsure else what
        if isinstance(what, Cancelled):
            return Order(Action.REMOVE, self._removing, to=what.to)
        return Order(Action.CHANGE if given.no_kunjungan else Action.SEND, self._sending, self._visit.day)

    def may_be_lost(self) -> bool:
        """Whether people were asked to remove at BPJS what it has, and it can be seen by its registration."""
        given = self._owed.given
        here = given.numbers.get("provider") == self._line.provider
        return here and given.no_urut is not None and not self._owed.unsure and not self._same_card(given)

    def _same_card(self, given: Given) -> bool:
        """Whether what was given is under this card; digests under another key say nothing."""
        kept, now = given.numbers.get("card"), self._keyed(self._card)
        if not self._card and given.no_urut is None:  # a visit alone is removed by its number
            return True
        return kept is None or kept == now or kept.partition(":")[0] != now.partition(":")[0]

    def _keyed(self, words: str) -> str:
        """A digest that tells under which key it was made."""
        return keyed(self._key, words)

    def _digest(self, body: Body) -> str:
        return rules.digest(self._key, body)

    # What follows from what BPJS has given

    def _sending(self, given: Given) -> Step | None:
        bodies, day = self._bodies, dmy(self._visit.day)
        assert bodies is not None  # noqa: S101 - only such an order sends
        placed = given.no_urut or given.no_kunjungan
        if placed and given.numbers.get("day", day) != day:
            return self._removing(given)
        if not placed:
            return self._register(bodies.registration)
        if bodies.visit is None:
            return None
        body, digest = self._body(bodies.visit, given)
        if given.no_kunjungan is None:
            return bodies.sender.post(body, digest, given) if bodies.sender else self._post(body, digest)
        if given.digests.get(VISIT) != digest:
            return self._change(body | {"noKunjungan": given.no_kunjungan}, digest)
        return self._parts(bodies, given)

    def _body(self, visit: Body, given: Given) -> tuple[Body, str]:
        """The visit under the poli it is registered at, and its digest."""
        body = visit | ({"kdPoli": given.poli} if given.poli else {})
        return body, self._digest(body)

    def _removing(self, given: Given) -> Step | None:
        if given.no_kunjungan:
            what = self._visit.what
            sender = what.sender if isinstance(what, Bodies | Cancelled) else None
            return (
                sender.remove(given) if sender and given.numbers.get("sender") == sender.name else self._remove(given)
            )
        return self._unregister(given) if given.no_urut else None

    def _register(self, body: Body) -> Step:
        poli, day = str(body["kdPoli"]), dmy(self._visit.day)

        def keep(said: Said, given: Given) -> Given | None:
            number = answers.number(said, "noUrut")
            return self._placed(given, day, poli, number) if number else None

        return Step(
            "registration", "POST", "/pendaftaran", body, keep, already=rules.already_there,
            digest=self._digest(body), poli=poli,
        )  # fmt: skip

    def _placed(self, given: Given, day: str, poli: str | None, number: str | None) -> Given:
        numbers = {**given.numbers, "card": self._keyed(self._card), "day": day, "provider": self._provider(given)}
        return replace(given, poli=poli or given.poli, no_urut=number or given.no_urut, numbers=numbers)

    def _provider(self, given: Given) -> str:
        """Under which code of the facility it was registered: the facility's may have changed since."""
        return given.numbers.get("provider") or self._line.provider

    def _unregister(self, given: Given) -> Step:
        day, poli = given.numbers.get("day", dmy(self._owed.day)), given.poli or ""
        path = f"/pendaftaran/peserta/{_q(self._card)}/tglDaftar/{day}/noUrut/{_q(given.no_urut)}/kdPoli/{_q(poli)}"
        return Step(
            "registration-removal", "DELETE", path, None, lambda _, g: given_rules.without_place(g),
            already=given_rules.gone,
        )  # fmt: skip

    def _post(self, body: Body, digest: str) -> Step:
        return Step(
            VISIT, "POST", "/kunjungan/V1", body, lambda said, given: given_rules.visited(said, given, digest),
            already=rules.already_there, undone=given_rules.unregistered, digest=digest,
        )  # fmt: skip

    def _change(self, body: Body, digest: str) -> Step:
        return Step(
            "visit-change", "PUT", "/kunjungan/V1", body, lambda _, g: given_rules.changed(g, digest), digest=digest
        )

    def _remove(self, given: Given) -> Step:
        return Step(
            "visit-removal", "DELETE", f"/kunjungan/{_q(given.no_kunjungan)}", None,
            lambda _, g: given_rules.without_visit(g), already=given_rules.gone,
        )  # fmt: skip

    # What hangs on the visit

    def _parts(self, bodies: Bodies, given: Given) -> Step | None:
        wanted = {PART + part.name: part for part in bodies.parts}
        for name, kept in given.numbers.items():
            outdated = name in wanted and given.digests.get(name) != self._digest(wanted[name].body)
            if name.startswith(PART) and (name not in wanted or outdated):
                return self._remove_part(name, kept, given)
        return next((self._add(name, p, given) for name, p in wanted.items() if name not in given.numbers), None)

    def _add(self, name: str, part: Part, given: Given) -> Step:
        body, digest = part.body | {"noKunjungan": given.no_kunjungan}, self._digest(part.body)

        def keep(said: Said, given: Given) -> Given | None:
            number = answers.number(said, part.gives)
            return given_rules.with_part(given, name, f"{part.path}|{number}", digest) if number else None

        return Step(name, "POST", part.path, body, keep, digest=digest)

    def _remove_part(self, name: str, kept: str, given: Given) -> Step:
        path, _, number = kept.partition("|")
        address = f"{path.removesuffix('/kunjungan')}/{_q(number)}/kunjungan/{_q(given.no_kunjungan)}"
        return Step(
            f"{name}-removal", "DELETE", address, None, lambda _, g: given_rules.without_part(g, name),
            already=given_rules.gone,
        )  # fmt: skip

    # What BPJS has

    async def find(self, name: str, given: Given) -> Found:
        """What there is of a step whose outcome is unknown."""
        if not self._card:
            return Refused(Because.RULE, (("noKartu", NO_CARD),), NO_CARD)
        if name.startswith(PART):
            return await self._part(name.removesuffix("-removal"), given, removal=name.endswith("-removal"))
        if name.startswith("registration"):
            places = await self._places(given)
            if not isinstance(places, list):
                return places
            if name == "registration-removal":
                there = any(g.no_urut == given.no_urut for g in places)
                return [] if there else [given_rules.without_place(given)]
            return places or await self._visits(given)
        visits = await self._visits(given)
        if not isinstance(visits, list) or name == VISIT:
            return visits
        if name == "visit-removal":
            there = any(g.no_kunjungan == given.no_kunjungan for g in visits)
            return [] if there else [given_rules.without_visit(given)]
        return []  # a change is sent again: the same twice does no harm

    async def _places(self, given: Given) -> Found:
        """This member's registrations of the day."""
        day, found, start = self._day(given), list[Given](), 0
        while True:
            page = await self._line.pcare.registrations(day, start, PAGE)
            if not isinstance(page, Listed):
                return page
            for row in page.rows:
                poli, number = inner(row, "poli", "kdPoli"), text(row.get("noUrut"))
                if inner(row, "peserta", "noKartu") == self._card and number and self._mine(poli, given):
                    found.append(self._placed(given, dmy(day), poli, number))
            start += len(page.rows)
            if not page.rows or start >= page.count:
                return found

    async def _visits(self, given: Given) -> Found:
        """This member's visits of the day at this poli of the facility, by the code it was registered under."""
        rows = await self._line.pcare.history(self._card)
        if not isinstance(rows, Listed):
            return rows
        day, found = dmy(self._day(given)), list[Given]()
        for row in rows.rows:
            poli, number = inner(row, "poli", "kdPoli"), text(row.get("noKunjungan"))
            at = inner(row, "providerPelayanan", "kdProvider")
            here = at is None or at.upper() == self._provider(given).upper()
            if number and here and text(row.get("tglKunjungan")) == day and self._mine(poli, given):
                placed = self._placed(given, day, poli, None)
                numbers = {**placed.numbers, **self._sent_by()}
                found.append(replace(placed, no_kunjungan=number, numbers=numbers, digests=self._adopted(placed)))
        return found

    def _sent_by(self) -> dict[str, str]:
        """The path by which what is there was sent, when another than PCare's own took it."""
        sender = self._bodies.sender if self._bodies and self._owed.unsure and self._owed.step == VISIT else None
        return {"sender": sender.name} if sender else {}

    def _adopted(self, given: Given) -> dict[str, str]:
        """The digest of what is there. As far as anybody knows we sent it; what people typed at BPJS instead is not
        overwritten before the record itself changes."""
        sent = self._owed.sent_digest
        if self._owed.unsure and self._owed.step == VISIT and sent:
            return {**given.digests, VISIT: sent}
        if self._bodies is None or self._bodies.visit is None:
            return dict(given.digests)
        return {**given.digests, VISIT: self._body(self._bodies.visit, given)[1]}

    def _mine(self, poli: str | None, given: Given) -> bool:
        ours = given.poli or (str(self._bodies.registration["kdPoli"]) if self._bodies else None)
        return ours is None or poli is None or poli == ours

    def _day(self, given: Given) -> date:
        return given_rules.day_of(given.numbers.get("day")) or self._owed.day

    async def _part(self, name: str, given: Given, *, removal: bool) -> Found:
        part = next((p for p in (self._bodies.parts if self._bodies else ()) if PART + p.name == name), None)
        if part is None or given.no_kunjungan is None:
            return [given_rules.without_part(given, name)] if removal else []
        path = part.listed(given.no_kunjungan)
        rows: Listed | Refused | Unavailable = listed(await self._line.wire.call(self._line.login, "GET", path))
        if not isinstance(rows, Listed):
            return rows
        held = {n.partition("|")[2] for n in given.numbers.values()}
        if removal:
            kept = given.numbers.get(name, "").partition("|")[2]
            there = any(text(r.get(part.gives)) == kept for r in rows.rows)
            return [] if there else [given_rules.without_part(given, name)]
        return [
            given_rules.with_part(given, name, f"{part.path}|{number}", self._owed.sent_digest)
            for row in rows.rows
            if part.same(row) and (number := text(row.get(part.gives))) and number not in held
        ]


class VisitKind:
    """Deliveries of visits; `build` says what the record and the settings make of one."""

    name = "visit"
    service = BpjsService.PCARE.value

    def __init__(self, build: Build) -> None:
        self._build = build

    async def look(self, service: Service, line: OpenLine, owed: Delivery) -> Looked | Refused | Unavailable:
        """What is wanted now of a visit."""
        visit = await self._build(service, line, owed)
        if not isinstance(visit, Visit):
            return visit
        if visit.card is None and owed.given.no_urut:
            asked = await _card_there(line, owed)
            if isinstance(asked, Refused | Unavailable):
                return asked
            visit = replace(visit, card=asked)
        key, lost = key_of(service), False
        steps = VisitSteps(visit, line, owed, key)
        if steps.may_be_lost():
            there = await _registration(line, owed)
            if not isinstance(there, Said):
                return there
            lost = not there.response
        if lost:
            steps = VisitSteps(visit, line, replace(owed, given=Given()), key)
        return Looked(steps.what(), steps.find, visit.person_id, lost)


async def _registration(line: OpenLine, owed: Delivery) -> Reply:
    """The registration that was given, as BPJS shows it now."""
    day = given_rules.day_of(owed.given.numbers.get("day")) or owed.day
    return await line.pcare.registration(str(owed.given.no_urut), day)


async def _card_there(line: OpenLine, owed: Delivery) -> str | Refused | Unavailable | None:
    """The card BPJS has a registration under, for a visit the record no longer has."""
    said = await _registration(line, owed)
    if not isinstance(said, Said):
        return said
    return inner(said.response, "peserta", "noKartu") if isinstance(said.response, dict) else None


def _q(value: object) -> str:
    return quote(str(value), safe="")
