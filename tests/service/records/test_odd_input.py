"""No input may be our fault: whatever comes, the answer is a clear 4xx (or a stored resource), never a 500."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
import orjson
import pytest

from services.kernel.sheets import to_csv
from services.records.sheets import writing as sheets
from services.records.sheets.templates import TEMPLATES
from tests.service.records.bodies import BASE, NIK, bundle, encounter, nik, patient, systolic
from tests.unit.records.test_sheets import workbook

Caller = Callable[..., httpx.AsyncClient]
DEEP: Any = "x"
for _ in range(240):
    DEEP = [DEEP] if isinstance(DEEP, dict) else {"extension": DEEP}
ODD: list[Any] = [
    None, True, 0, -1, 2**31, 2**63, 2**70, 1e308, 0.1, "", " ", "x" * 5000, "0000", "9999", "0000-00-00", "9999-12-31",
    "0001-01-01", "2026-02-30", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-01-01T24:00:00Z",
    "²", "٣", "\U0001f9d1\u200d\u2695", "\u202e", "a\tb\nc", "'; DROP TABLE person; --", "%s{0}$1@ids", "\\u0000",
    "Patient/", "/", "urn:uuid:", "#", "Patient/x/_history/1", "http://", [], {}, [[]], [None], {"": ""}, {"a": None},
    DEEP,
]  # fmt: skip
TEXTS = [v for v in ODD if isinstance(v, str)] + ["\0", "a\0b", "-1", "1" * 5000, 'W/"1"', "ge", "ge9999-12-31"]
VISIT = {
    "patient": {"nik": nik(), "name": "Siti", "birth_date": "1990-07-01", "sex": "P", "birth_order": 1},
    "at": "2026-03-01T08:00:00+07:00", "measurements": {"pulse": 80},
    "pregnancy": {"lmp": "2026-01-05", "contact": "K2"},
    "diagnoses": [{"icd10": "I10", "onset": "2020-01-01"}], "medicines": [{"kfa": "92000653", "quantity": 3}],
    "vaccines": [{"vaccine": "TD2", "date": "2026-02-01"}], "practitioner": {"name": "dr. A"}, "notes": "x",
    "delivery": {"at": "2026-02-27T10:00:00+07:00", "place": "rumah", "attendants": ["bidan"]}, "number": "1",
    "screening": {"vision_right": "6/6", "gds": 2, "risks": ["merokok"], "skilas": []},
    "tests": {"urine_protein": "+1"},
    "newborn": {"apgar1": 8, "weight_g": 3000}, "death": {"at": "2026-02-28T10:00:00"}, "topics": ["gizi"],
}  # fmt: skip


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(value, (*path, key))


def mutated(dice: random.Random, body: Any) -> Any:
    """A body with one or two odd values in it, or an odd key."""
    body = copy.deepcopy(body)
    for _ in range(dice.choice((1, 1, 2))):
        path = dice.choice(list(places(body)))
        if not path:
            continue
        node = body
        try:
            for step in path[:-1]:
                node = node[step]
            node[path[-1]] = copy.deepcopy(dice.choice(ODD))
        except (TypeError, KeyError, IndexError):
            continue
    return body


def text(dice: random.Random, body: Any) -> bytes:
    """JSON bytes, sometimes broken or with U+0000 in a text."""
    try:
        raw = orjson.dumps(body)
    except orjson.JSONEncodeError:
        raw = b'{"a":' * 600 + b"1" + b"}" * 600
    match dice.randrange(12):
        case 0:
            return raw[: dice.randrange(len(raw) + 1)]
        case 1:
            return raw.replace(b'":"', b'":"\\u0000', 1)
        case 2:
            at = dice.randrange(len(raw) + 1)
            return raw[:at] + dice.choice((b"\xff", b"\\ud800", b"1e999", b"NaN", b"\0", b"0" * 400)) + raw[at:]
    return raw


TYPES = ["Patient", "Observation", "Encounter", "Group", "Organization", "Bundle", "Nothing"]
NAMES = [
    "_id", "identifier", "patient", "code", "date", "_lastUpdated", "birthdate", "name", "gender", "_sort", "_page",
    "_count", "encounter", "status", "organization", "_format", "odd", "vaccine-code:in",
]  # fmt: skip
SORTS = ["date", "-date", "_lastUpdated", "-_lastUpdated", "x"]
PAGES = [
    "W10", "WzEsbnVsbF0", "Wy0xLCIwMDAxLTAxLTAxIl0", "WzkyMjMzNzIwMzY4NTQ3NzU4MDgsbnVsbF0", "WyIxIiwxXQ", "ezF9",
    "WzEsIjk5OTktMTItMzFUMjM6NTk6NTktMTI6MDAiXQ", "WzEuNSxudWxsXQ",
]  # fmt: skip
HEADERS: dict[str, tuple[Any, ...]] = {
    "if-match": ('W/"1"', "9" * 5000, "x", b"\xb2"),
    "if-none-exist": ("", f"identifier={NIK}|%00", "identifier=a", "a=b", "identifier=%ff|x"),
    "content-type": ("application/fhir+json", "application/json", "text/xml", "x"),
}
Wish = tuple[str, str, dict[str, Any]]
"""Method, path, what else."""


def asking(dice: random.Random, person: str) -> Iterator[Wish]:
    """Reads and searches."""
    values = [dice.choice((dice.choice(TEXTS), dice.choice(PAGES), dice.choice(SORTS), person)) for _ in range(3)]
    where = httpx.QueryParams([(dice.choice(NAMES), v) for v in values[: dice.randrange(1, 4)]])
    type_, id_, odd = dice.choice(TYPES), address(dice, person), dice.choice(TEXTS)
    behind = dice.choice(("", "/_history", f"/_history/{len(odd) ** 9}", "/$everything"))
    yield "GET", f"{BASE}/{type_}", {"params": where}
    yield "POST", f"{BASE}/{type_}/_search", {"content": str(where).encode() + dice.choice((b"", b"\xff", b"%00"))}
    yield "GET", f"{BASE}/{type_}/{id_}{behind}", {"params": where}
    yield "GET", f"/v1/visits/{id_}", {}
    yield "GET", f"/v1/imports/{id_}", {}
    yield "GET", "/v1/unresolved", {"params": {"after": odd}}


def address(dice: random.Random, person: str) -> str:
    """An id in an address, quoted."""
    return dice.choice((person, httpx.QueryParams({"a": dice.choice(TEXTS)}).__str__()[2:] or "x"))


def telling(dice: random.Random, person: str) -> Iterator[Wish]:
    """FHIR writes."""
    samples = [patient(nik()), systolic(person), encounter(person), bundle(nik())]
    body = mutated(dice, dice.choice(samples))
    headers = {k: dice.choice(v) for k, v in HEADERS.items() if dice.random() < 0.3}
    sent, kind = {"content": text(dice, body), "headers": headers}, "Observation"
    if isinstance(body, dict) and str(body.get("resourceType")) in TYPES:
        kind = body["resourceType"]
    yield "POST", BASE if kind == "Bundle" else f"{BASE}/{kind}", sent
    yield "PUT", f"{BASE}/{kind}/f-{dice.randrange(50)}", sent
    batch = bundle(nik()) | {"type": "batch"}
    asked = [{"request": {"method": "GET", "url": f"Observation?patient={person}"}}]
    yield "POST", BASE, {"content": text(dice, mutated(dice, batch | {"entry": batch["entry"][:2] + asked}))}
    odd = dice.choice(TEXTS)
    step = {"op": dice.choice(("add", "remove", "replace", "copy", "move", "test", 1)), "path": odd}
    step |= {"from": dice.choice(("", "/code", "/", odd)), "value": dice.choice(ODD)}
    patch = dice.choice(([step], mutated(dice, [step]), body, [dice.choice(ODD)]))
    id_ = dice.choice((person, f"f-{dice.randrange(50)}"))
    yield "PATCH", f"{BASE}/{dice.choice(TYPES)}/{id_}", {"content": text(dice, patch)}
    lines = [text(dice, mutated(dice, dice.choice(samples[:3]))).replace(b"\n", b"") for _ in range(4)]
    yield "POST", f"/v1/imports?mode={dice.choice(('rest', 'all'))}", {"content": b"\n".join(lines)}


def visiting(dice: random.Random, person: str) -> Iterator[Wish]:
    """Plain-JSON visits."""
    headers = {"content-type": "application/json", "idempotency-key": dice.choice(("a", "b", "c"))}
    sent = {"content": text(dice, mutated(dice, VISIT)), "headers": headers}
    yield "POST", "/v1/visits", sent
    yield "PUT", f"/v1/visits/{address(dice, person)}", sent
    kind = {"content-type": "application/json"}
    many = mutated(dice, {"visits": [mutated(dice, VISIT | {"number": str(n)}) for n in range(3)]})
    yield "POST", "/v1/visits/batch", {"content": text(dice, many), "headers": kind}
    ours = [str(uuid5(NAMESPACE_URL, f"KLINIK-A/number/{n}")) for n in range(3)]
    known = dice.choice((*ours, address(dice, person)))
    move, cancel = mutated(dice, {"patient": VISIT["patient"]}), mutated(dice, {"reason": "x"})
    yield "POST", f"/v1/visits/{known}/move", {"content": text(dice, move), "headers": kind}
    if dice.random() < 0.1:
        yield "POST", f"/v1/visits/{known}/cancel", {"content": text(dice, cancel), "headers": kind}
    yield "GET", f"/v1/visits/{known}", {}
    names = ("day", "since", "until", "person", "kind", "cluster", "family", "cancelled", "page", "limit")
    odd = {dice.choice(names): dice.choice((*TEXTS, *PAGES, "2026-03-01")) for _ in range(2)}
    yield "GET", "/v1/visits", {"params": odd}
    yield "GET", "/v1/visits/lookup/diagnoses", {"params": {"q": dice.choice(TEXTS)}}
    yield "GET", f"/v1/persons/{address(dice, person)}/due", {}


def tables(dice: random.Random) -> Iterator[Wish]:
    """Filled-in templates."""
    template = dice.choice(list(TEMPLATES.values()))
    lines = [[c.heading for c in template.columns]]
    for _ in range(3):
        cells = [dice.choice((c.example, c.example, str(dice.choice(ODD))[:200])) for c in template.columns]
        lines.append([cell.replace("CONTOH ", "") for cell in cells])
    raw = dice.choice((to_csv(lines), workbook(*lines), sheets.xlsx_template(template)))
    at = dice.randrange(len(raw))
    raw = dice.choice((raw, raw, raw[:at], raw[:at] + dice.choice((b"\0", b"\xff", b'"', b";", b"\n")) + raw[at:]))
    asked = {"template": template.name, "mode": dice.choice(("rest", "all")), "dry_run": dice.choice((True, False))}
    yield "POST", "/v1/imports/tables", {"content": raw, "params": asked}


@pytest.mark.parametrize("seed", range(4))
async def test_no_input_is_our_fault(caller: Caller, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same attempts every time
    a = caller("KLINIK-A")
    a._transport.raise_app_exceptions = False
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    for _ in range(60):
        wishes = (*asking(dice, person), *telling(dice, person), *visiting(dice, person), *tables(dice))
        for method, path, more in wishes:
            answer = await a.request(method, path, **more)
            assert answer.status_code < 500, (method, path, more, answer.text)


async def test_a_patch_that_doubles_itself_is_refused(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    doubling = [{"op": "copy", "from": "/name", "path": "/name/0/extension"}] * 30
    assert (await a.patch(f"{BASE}/Patient/{person}", json=doubling)).status_code == 400


async def test_a_batch_keeps_decimals_and_decodes_its_searches(caller: Caller) -> None:
    a, number = caller("KLINIK-A"), nik()
    person = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    raw = orjson.dumps(systolic(person)).decode().replace("120.0", "36.50")
    asked = f"Patient?identifier={NIK}%7C{number}"
    entries = f'{{"resource":{raw},"request":{{"method":"POST","url":"Observation"}}}},' + (
        f'{{"request":{{"method":"GET","url":"{asked}"}}}}'
    )
    answer = await a.post(BASE, content=f'{{"resourceType":"Bundle","type":"batch","entry":[{entries}]}}')
    assert '"value":36.50' in answer.text
    assert answer.json()["entry"][1]["resource"]["total"] == 1


async def test_pages_go_through_what_has_no_date(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    for n in range(6):
        body = systolic(person)
        if n % 2:
            del body["effectiveDateTime"]
        assert (await a.post(f"{BASE}/Observation", json=body)).status_code == 201
    for sort in ("", "date", "-date", "_lastUpdated"):
        url, seen = f"{BASE}/Observation?patient={person}&_sort={sort}&_count=2", []
        while url:
            page = (await a.get(url)).json()
            seen += [e["resource"]["id"] for e in page.get("entry", ())]
            url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
        assert len(seen) == len(set(seen)) == 6, sort
    counted = (await a.get(f"{BASE}/Observation?patient={person}&_count=0")).json()
    assert (counted["total"], counted.get("entry")) == (6, None)
