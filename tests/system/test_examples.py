"""Every operation of the merged OpenAPI, run with exactly the examples it shows, against the demo data."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest_asyncio

from deploy.demo.seed import seed
from tests.system.conftest import Running, running_house

Json = dict[str, Any]
PEOPLE = 300
IN_ORDER = ("post", "put", "patch", "get", "delete")
GAPS = "/v1/jkn-gaps"
"""First of each method: who is found to be an active member later needs no proposal any more."""
ACCOUNTS = ("demo.dinkes", "demo.puskesmas")
"""Whose role an operation is run with: the first that the operation names."""
SENT_BY = {
    ("/fhir-r4/v1", "rujukan"): "demo.dokter",
    ("/v1/referrals", "puskesmas"): "demo.dokter",
    ("/v1/referrals/drafts/{draft}", "tujuan"): "demo.dokter",
    ("/v1/referrals/{referral}/numbers", "pcare"): "demo.dokter",
    ("/v1/referrals/{referral}/numbers", "satusehat"): "demo.dokter",
    ("/v1/referrals/{referral}/{verb}", "accept"): "demo.puskesmas",
}
"""A referral to the puskesmas can only come from somebody else, who notes its numbers; it is accepted there."""
MADE_AT_RUN_TIME = {
    "client_id": ("/v1/clients", "id"),
    "export": ("/fhir-r4/v1/$export", "id"),
    "review": ("/v1/identity/reviews", "id"),
    "subject_request": ("/v1/subject-requests", "id"),
    "webhook": ("/v1/webhooks", "id"),
    "reconciliation": ("/v1/reconciliations", "id"),
    "merge_id": ("/v1/identity/merges", "merge_id"),
    "consent": ("/v1/consents", "id"),
    "opening": ("/v1/break-glass", "id"),
    "document": ("/v1/readiness/files/{code}", "id"),
    "token": ("/v1/surveys", "token"),
    "report": ("/v1/reports", "id"),
    "asked_id": ("/fhir-r4/v1/CoverageEligibilityRequest", "id"),
    "list_id": ("/v1/jkn/lists", "id"),
    "outcome": ("/v1/worklists/{person}/outcomes", "id"),
    "ticket": ("/v1/jkn/queue/tickets", "ticket"),
    "run": ("/v1/jkn/reconciliation", "id"),
    "difference": ("/v1/jkn/reconciliation/differences", "id"),
    "activity": ("/v1/jkn/groups/activities", "id"),
}
"""Path parameters that no documentation can know: taken from the answer of the operation that makes them."""
STEP = "/v1/referrals/{referral}/{verb}"
"""Its example bodies are named after the steps they belong to; the first is the path's own."""
BPJS = "/antreanfktp/"
"""Called by Mobile JKN, with a sign-in and an envelope of its own."""
SECRETS = ("/oauth2/v1/accesstoken", "/oauth2/v1/token")
"""Operations whose forms ask for secrets, which are made at the first start."""


@dataclass(frozen=True, slots=True)
class Example:
    """One request as the documentation shows it."""

    method: str
    path: str
    name: str
    operation: Json
    values: Json
    media: str | None
    body: Any

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path} [{self.name}]"

    @property
    def roles(self) -> set[str]:
        line = self.operation.get("description", "").partition("Peran (roles): ")[2]
        return set(line.split(", ")) if line else set()


@dataclass(frozen=True, slots=True)
class House:
    """A house with demo people, what it says of itself, and a bearer per demo account."""

    running: Running
    http: httpx.AsyncClient
    spec: Json
    accounts: Json
    bearers: dict[str, str]
    mobile: dict[str, str]


@pytest_asyncio.fixture(scope="module")
async def house() -> Any:
    with running_house() as running:
        done = await seed(running.address, {"admin": running.admin}, PEOPLE, lambda _: None, running.today)
        async with httpx.AsyncClient(base_url=running.address, trust_env=False, timeout=30) as http:
            bearers = {}
            for username, account in done.accounts["staff"].items():
                form = {"grant_type": "password", "username": username, "password": account["password"]}
                token = (await http.post("/oauth2/v1/token", data=form)).json()["access_token"]
                bearers[username] = f"Bearer {token}"
            for _ in range(30):
                described = await http.get("/openapi.json")
                if described.status_code != 503:  # 503: a busy machine; try again
                    break
                await asyncio.sleep(1)
            spec = described.json()
            yield House(running, http, spec, done.accounts, bearers, await signed_in(http, done.accounts["queue"]))


async def signed_in(http: httpx.AsyncClient, account: Json) -> dict[str, str]:
    """What Mobile JKN sends with every call."""
    sent = {"x-username": account["username"], "x-password": account["password"]}
    return sent | {"x-token": (await http.get("/antreanfktp/auth", headers=sent)).json()["response"]["token"]}


async def a_difference(house: House) -> Json:
    """One of those that comparing with BPJS has found: visits of months that had closed when the demo was loaded."""
    headers = {"Authorization": house.bearers["demo.puskesmas"]}
    days = {name: str(house.running.today - timedelta(days=n)) for name, n in (("since", 75), ("until", 62))}
    (await house.http.post("/v1/jkn/reconciliation", json=days, headers=headers)).raise_for_status()
    for _ in range(150):
        found = (await house.http.get("/v1/jkn/reconciliation/differences", headers=headers)).json()["items"]
        if found:
            return dict(found[0])
        await asyncio.sleep(0.2)
    raise AssertionError("nothing differs")


async def test_every_example_runs_as_it_is(house: House) -> None:
    made: Json = {"/v1/jkn/reconciliation/differences": await a_difference(house)}
    wrong = []
    shown = sorted(examples(house.spec), key=lambda e: (IN_ORDER.index(e.method), not e.path.startswith(GAPS)))
    for example in shown:
        if example.path == STEP and example.name != example.values["verb"]:
            continue
        lacking = {MADE_AT_RUN_TIME[name][0] for name in MADE_AT_RUN_TIME if name in example.values} - set(made)
        if lacking:
            wrong.append(f"{example}: nothing was made by POST {', '.join(lacking)}")
            continue
        answer = await run(house, example, made)
        while answer.status_code == 202 and "x-progress" in answer.headers:  # its file is asked for next
            answer = await run(house, example, made)
        if fault := fault_of(example, answer):
            wrong.append(f"{example}: {fault}")
        elif example.method == "post":
            made[example.path] = answer.json() if answer.content and _is_json(answer) else {}
    assert not wrong, "\n".join(wrong)
    assert len(shown) >= 270


async def test_every_step_of_a_referral_takes_its_example(house: House) -> None:
    """Accepted, treated and referred back or closed at the puskesmas; worse, redirected, sent on; declined."""
    said = {example.name: example.body for example in examples(house.spec) if example.path == STEP}
    to_puskesmas, to_hospital = (e for e in examples(house.spec) if (e.method, e.path) == ("post", "/v1/referrals"))
    for example, account, ways in (
        (
            to_puskesmas,
            "demo.puskesmas",
            ("accept arrive treat refer-back", "accept arrive treat close", "raise redirect send cancel"),
        ),
        (to_hospital, "demo.rsud", ("decline",)),
    ):
        for way in ways:
            sent = await run(house, example, {})
            told = sent.json()
            assert "referral" in told or "id" in told, (example, told)
            referral = told.get("referral") or told["id"]  # open already: go on with that one
            for verb in way.split():
                who = "demo.dokter" if verb in ("raise", "send", "cancel") else account
                headers = {"Authorization": house.bearers[who]}
                url = STEP.format(referral=referral, verb=verb)
                answer = await house.http.post(
                    url, json=said.get("decline" if verb == "cancel" else verb, {}), headers=headers
                )
                assert answer.status_code == 200, (verb, answer.text)


async def test_every_path_parameter_has_an_example(house: House) -> None:
    lacking = [
        f"{example} {parameter['name']}"
        for example in examples(house.spec)
        for parameter in example.operation.get("parameters", ())
        if parameter["in"] == "path" and parameter["name"] not in example.values
    ]
    assert lacking == []


async def run(house: House, example: Example, made: Json) -> httpx.Response:
    """Send it, with nothing changed but what only the running house knows."""
    values = example.values | {
        name: made[path][field] for name, (path, field) in MADE_AT_RUN_TIME.items() if name in example.values
    }
    places = {p["name"]: p["in"] for p in example.operation.get("parameters", ())}
    path = example.path.format(**values)
    headers = {name: str(value) for name, value in values.items() if places[name] == "header"}
    query = {name: value for name, value in values.items() if places[name] == "query"}
    if example.path.startswith(BPJS):
        headers |= house.mobile
    if example.roles:
        headers["Authorization"] = house.bearers[account_for(house, example)]
    sent: Json = {}
    if example.path in SECRETS:
        sent["data"] = example.body | known_secrets(house, example.body["grant_type"])
    elif example.media == "application/x-www-form-urlencoded":
        sent["data"] = example.body
    elif isinstance(example.body, str):
        sent["content"] = example.body
        headers["Content-Type"] = example.media or ""
    elif example.media is not None:
        sent["json"] = example.body
        headers["Content-Type"] = example.media
    return await house.http.request(example.method, path, params=query, headers=headers, **sent)


def account_for(house: House, example: Example) -> str:
    """The demo account that runs it: the one the example is for, else the first whose role may."""
    named = SENT_BY.get((example.path, example.name))
    order = [named] if named else ACCOUNTS
    return next(a for a in order if house.accounts["staff"][a]["role"] in example.roles)


def known_secrets(house: House, grant: str) -> Json:
    if grant == "password":
        return {"password": house.accounts["staff"]["demo.puskesmas"]["password"]}
    client = house.accounts["clients"]["P1410010101"]
    return {"client_id": client["id"], "client_secret": client["secret"]}


def fault_of(example: Example, answer: httpx.Response) -> str | None:
    """What is wrong with an answer: not a success, not the documented one, or a success that took nothing."""
    said = f"{answer.status_code} {answer.text[:300]}"
    if not answer.is_success or str(answer.status_code) not in example.operation["responses"]:
        return said
    told = answer.json() if answer.content and _is_json(answer) else None
    if example.path.startswith(BPJS) and told["metadata"]["code"] != 200:
        return said
    if isinstance(told, dict) and (told.get("refused") or told.get("items") == [] or told.get("total") == 0):
        return said
    return None


def _is_json(answer: httpx.Response) -> bool:
    return answer.headers.get("content-type", "").endswith(("/json", "+json"))


def examples(spec: Json) -> Iterator[Example]:
    """All requests that the documentation shows, a request with several example bodies once for each."""
    for path, item in spec["paths"].items():
        for method in IN_ORDER:
            if operation := item.get(method):
                values = {p["name"]: value for p in operation.get("parameters", ()) for value in shown_for(spec, p)[:1]}
                for media, name, body in bodies(spec, operation):
                    yield Example(method, path, name, operation, values, media, body)


def shown_for(spec: Json, place: Json) -> list[Any]:
    """The examples of a parameter or of a media type, wherever OpenAPI lets them stand."""
    if "example" in place:
        return [place["example"]]
    if "examples" in place:
        return [e["value"] for e in place["examples"].values()]
    schema = resolved(spec, place.get("schema", {}))
    if "examples" in schema:
        return list(schema["examples"])
    parts = {n: resolved(spec, s) for n, s in schema.get("properties", {}).items()}
    found = {n: s["examples"][0] for n, s in parts.items() if "examples" in s}
    return [found] if found else []


def bodies(spec: Json, operation: Json) -> Iterator[tuple[str | None, str, Any]]:
    if "requestBody" not in operation:
        yield None, "-", None
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        found = shown_for(spec, content)
        assert found, f"{operation['summary']}: no example body"
        names = list(content.get("examples", ())) or [str(n) for n in range(len(found))]
        for name, body in zip(names, found, strict=True):
            yield media, name, body


def resolved(spec: Json, schema: Json) -> Json:
    """A schema with its reference followed; of alternatives the one that is not null."""
    for option in schema.get("anyOf", ()):
        if option != {"type": "null"}:
            schema = schema | option
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        schema = spec["components"]["schemas"][name] | schema
    return schema
