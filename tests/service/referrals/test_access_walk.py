"""Every route of referrals × everybody who may call it: what is shown, and that the look or the refusal is in the log.

A route that is not in `ROUTES` fails the test: whoever adds one says here how it is asked.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.kernel.auth import Allow, Role
from tests.contract.test_routes_roles import built, operations
from tests.service.referrals.stage import (
    CLINIC,
    HOSPITAL,
    PERSON,
    PRACTICE,
    PUSKESMAS,
    REASON,
    STRANGER,
    Stage,
    staged,
    token,
)

OTHER = "P1410010102"
WHY, SUMMARY, NAME = "alasan", "resume", "nama"
MARKS = {WHY: REASON, SUMMARY: "Amoksisilin", NAME: "SITI AMINAH"}
ALL, NOTHING = frozenset(MARKS), frozenset[str]()


@dataclass(frozen=True)
class Onlooker:
    """Who asks, and whether the content is theirs to see while it is asked, and once it is accepted."""

    role: Role
    facility: str | None
    sent: bool = False
    accepted: bool = False
    knows: bool = True
    """May learn that there is this referral."""


ONLOOKERS = {
    "sender": Onlooker(Role.CLINICIAN, PRACTICE, sent=True, accepted=True),
    "asked, then the receiver": Onlooker(Role.PUSKESMAS_STAFF, PUSKESMAS, sent=True, accepted=True),
    "asked, and not chosen": Onlooker(Role.PUSKESMAS_STAFF, OTHER, sent=True),
    "former": Onlooker(Role.CLINIC_SYSTEM, CLINIC),
    "third": Onlooker(Role.HOSPITAL, HOSPITAL, knows=False),
    "office": Onlooker(Role.DINKES_ADMIN, None, sent=True, accepted=True),
    "analyst": Onlooker(Role.DINKES_ANALYST, None, knows=False),
    "auditor": Onlooker(Role.AUDITOR, None),
    "connector": Onlooker(Role.JKN_CONNECTOR, None),
}
PHASES = ("sent", "accepted")


@dataclass
class Case:
    """One caller and the referral."""

    http: httpx.AsyncClient
    headers: dict[str, str]
    referral: str

    @property
    def number(self) -> dict[str, str]:
        return {"system": "satusehat", "value": self.referral}

    def get(self, path: str, **params: Any) -> Awaitable[httpx.Response]:
        return self.http.get(f"/v1/referrals{path}".format(id=self.referral), params=params, headers=self.headers)

    def send(self, method: str, path: str, body: Any) -> Awaitable[httpx.Response]:
        url = f"/v1/referrals{path}".format(id=self.referral)
        return self.http.request(method, url, json=body, headers=self.headers)


Ask = Callable[[Case], Awaitable[httpx.Response]]
DRAFT = {"kind": "horizontal", "diagnosis": "O13", "reason": "Perlu pemeriksaan protein urin"}
HIDDEN = DRAFT | {"person_id": STRANGER, "to_facility": PUSKESMAS}
ROUTES: dict[str, list[Ask]] = {
    "GET /v1/referrals": [
        lambda c: c.get("", box="inbox"), lambda c: c.get("", box="outbox"), lambda c: c.get("", open="false"),
        lambda c: c.get("", number=c.number["value"]),
    ],
    "GET /v1/referrals/{referral}": [lambda c: c.get("/{id}")],
    "GET /v1/referrals/{referral}/letter": [lambda c: c.get("/{id}/letter")],
    "POST /v1/referrals/{referral}/{verb}": [
        lambda c: c.send("POST", "/{id}/treat", {}), lambda c: c.send("POST", "/{id}/refer-back", {}),
    ],
    "PUT /v1/referrals/{referral}/numbers": [lambda c: c.send("PUT", "/{id}/numbers", c.number)],
    "PUT /v1/referrals/drafts/{draft}": [lambda c: c.send("PUT", "/drafts/{id}", DRAFT)],
    "POST /v1/referrals": [lambda c: c.send("POST", "", HIDDEN)],
    "GET /v1/referrals/follow-ups": [lambda c: c.get("/follow-ups", side="home"),
                                     lambda c: c.get("/follow-ups", side="asker", state="done")],
    "GET /v1/referrals/follow-ups/figures": [lambda c: c.get("/follow-ups/figures")],
    "POST /v1/referrals/follow-ups/{referral}": [lambda c: c.send("POST", "/follow-ups/{id}", {"how": "visit"})],
    "GET /v1/referrals/figures": [lambda c: c.get("/figures"), lambda c: c.get("/figures", by="diagnosis")],
    "GET /v1/referrals/figures/formulas": [lambda c: c.get("/figures/formulas")],
    "GET /v1/referrals/stream": [lambda c: c.get("/stream", once="true", after=0)],
    "GET /v1/referrals/candidates": [lambda c: c.get("/candidates", diagnosis="O13")],
    "GET /v1/referrals/ageing": [lambda c: c.get("/ageing")],
    "GET /v1/referrals/competences": [lambda c: c.get("/competences", diagnosis="O13")],
    "GET /v1/referrals/clocks": [lambda c: c.get("/clocks")],
    "PUT /v1/referrals/clocks": [lambda c: c.send("PUT", "/clocks", {})],
}  # fmt: skip
"""How each route is asked."""
GUARDS = {f"{m} {p}": g for m, p, g in operations(built("referrals")) if isinstance(g, Allow)}


def test_every_route_is_in_the_table() -> None:
    assert sorted(set(GUARDS) - set(ROUTES)) == [], "say in this file how it is asked"
    assert sorted(set(ROUTES) - set(GUARDS)) == [], "no such route"


@pytest.fixture(scope="module")
async def scene(
    new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Stage, dict[str, str]]]:
    """A referral that CLINIC sent away, which two are asked for; and another, which one of the two has accepted."""
    doctor, clinic = token("clinician", PRACTICE), token("clinic-system", CLINIC)
    async with staged(new_database("referrals"), tmp_path_factory.mktemp("walk")) as stage:
        made = {}
        for phase, diagnosis in zip(PHASES, ("O13", "I10"), strict=True):
            made[phase] = await stage.sent(who=doctor, to_facility=CLINIC, diagnosis=diagnosis, beside="uji")
            why = {"reason": "Tidak ada dokter hari ini"}
            assert (await stage.take(made[phase], "redirect", clinic, why)).status_code == 200
            both = {"to_facility": PUSKESMAS, "at_once": [OTHER]}
            sent = await stage.take(made[phase], "send", doctor, both)
            assert sent.status_code == 200, sent.text
        accepted = await stage.take(made["accepted"], "accept", token("puskesmas-staff", PUSKESMAS))
        assert accepted.status_code == 200, accepted.text
        yield stage, made


async def looks(stage: Stage, actor: str) -> list[tuple[str, str]]:
    return [(x["person_id"], x["outcome"]) for x in await stage.looks() if x["actor"] == actor]


def seen_in(answer: httpx.Response) -> frozenset[str]:
    return frozenset(name for name, mark in MARKS.items() if mark in answer.text)


OF_ONE = ("/{referral}", "/drafts/{draft}")
PARTLY = {
    "GET /v1/referrals": {WHY, NAME},
    "GET /v1/referrals/{referral}": ALL,
}
"""What the routes that show content show of it."""


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("name", ONLOOKERS)
async def test_what_each_is_shown(scene: tuple[Stage, dict[str, str]], name: str, phase: str) -> None:
    stage, made = scene
    who, actor = ONLOOKERS[name], f"uji-{name}-{phase}".replace(" ", "").replace(",", "")
    case = Case(stage.http, token(who.role, who.facility, actor), made[phase])
    whole = getattr(who, phase)
    others_too = who.sent and phase == "accepted"  # a list also shows the referral that is still asked
    wrong = []
    for route, ways in ROUTES.items():
        permitted = who.role in GUARDS[route].roles
        for n, ask in enumerate(ways):
            before = await looks(stage, actor)
            answer = await ask(case)
            new, seen = (await looks(stage, actor))[len(before) :], seen_in(answer)
            at = f"{route} [{n}] {answer.status_code}"
            may = PARTLY.get(route, NOTHING) if whole or (others_too and route == "GET /v1/referrals") else NOTHING
            if answer.status_code >= 500 and route != "GET /v1/referrals/candidates":
                wrong.append(f"{at}: {answer.text[:200]}")
            if not permitted and (answer.status_code != 403 or seen or PERSON in answer.text):
                wrong.append(f"{at}: is not for this role")
            if not seen <= may:
                wrong.append(f"{at} discloses {sorted(seen - may)}")
            if route == "GET /v1/referrals/{referral}" and permitted and seen != may:
                wrong.append(f"{at} keeps back {sorted(may - seen)}")
            if route.endswith("/letter") and answer.status_code != (200 if whole and permitted else 403):
                wrong.append(f"{at}: a letter is for who may read the content")
            if (seen or PERSON in answer.text) and not new:
                wrong.append(f"{at}: no access row")
            one = any(part in route for part in OF_ONE) and "follow-ups" not in route
            if permitted and one and not who.knows and (answer.status_code, new) != (403, [(PERSON, "refused")]):
                wrong.append(f"{at}: a third is to be refused, in the log: {new}")
            if permitted and answer.status_code == 403 and not any(o == "refused" for _, o in new) and who.facility:
                wrong.append(f"{at}: a refusal that is not in the log")
    assert not wrong, "\n".join(wrong)
