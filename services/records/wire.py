"""FHIR over HTTP: bodies in, resources and Bundles out, as bytes that are never parsed on the way out."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import jsonpatch
import orjson
from fastapi import Request, Response

from services.kernel.problems import FHIR_JSON, Fault, Invalid, Text, UnsupportedMedia
from services.records import exact
from services.records.usecases.entries import Outcome

BASE = "/fhir-r4/v1"
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,255}")
MOST_COPIES = 4
"""`copy` doubles what it copies into itself: thirty of them would fill the memory."""
_UNFIT = (
    jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, KeyError, IndexError, ValueError,
    AttributeError,
)  # fmt: skip
_READABLE = ("json", "text/plain", "octet-stream", "x-www-form-urlencoded")


async def raw_body(request: Request) -> bytes:
    """The body, whatever JSON-like content type it came under. Raises UnsupportedMedia."""
    kind = request.headers.get("content-type", "")
    if kind and not any(k in kind for k in _READABLE):
        raise UnsupportedMedia(Text("Kirim application/fhir+json", "Send application/fhir+json"))
    return await request.body()


async def read_body(request: Request) -> Any:
    """The JSON body. Raises UnsupportedMedia, Invalid."""
    return parse(await raw_body(request))


def parse(raw: bytes) -> Any:
    """JSON with exact decimals. Raises Invalid with the position, never the content."""
    return exact.loads(raw)


def as_object(body: Any) -> dict[str, Any]:
    """The body as a JSON object. Raises Invalid."""
    if not isinstance(body, dict):
        raise Invalid(Text("Isi harus satu objek JSON", "The body must be one JSON object"), code="structure")
    return body


def patcher(body: Any) -> Any:
    """A function old → new from a PATCH body: an array is a JSON Patch (RFC 6902), an object a merge (RFC 7396)."""
    if isinstance(body, list):
        if sum(1 for op in body if isinstance(op, dict) and op.get("op") == "copy") > MOST_COPIES:
            raise _bad_patch()
        try:
            return jsonpatch.JsonPatch(body).apply
        except _UNFIT:
            raise _bad_patch() from None
    return lambda old: _merged(old, as_object(body))


def apply_patch(patch: Any, old: dict[str, Any]) -> dict[str, Any]:
    """Apply, turning what does not fit (a missing path, a failed test) into a clear problem."""
    try:
        new = patch(old)
    except _UNFIT:
        raise _bad_patch() from None
    return as_object(new)


def _bad_patch() -> Invalid:
    said = Text(
        "Patch tidak cocok dengan sumber daya: periksa op, path dan test",
        "The patch does not fit the resource: check op, path and test",
    )
    return Invalid(said, [Fault("patch", said, "invalid")])


def _merged(old: Any, new: dict[str, Any]) -> dict[str, Any]:
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in new.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = _merged(result.get(key), value)
        else:
            result[key] = value
    return result


def answer(body: Any) -> Response:
    """Plain JSON, where SATUSEHAT does not answer in FHIR."""
    return Response(orjson.dumps(body), 200, media_type="application/json")


def preferred(request: Request) -> str:
    """What `Prefer: return=` asks for: "minimal", "representation", "operationoutcome", or nothing."""
    prefer = request.headers.get("prefer")
    found = _RETURN.search(prefer) if prefer else None
    return found[1].lower() if found else ""


_RETURN = re.compile(r'return\s*=\s*"?([A-Za-z]+)')
_SAID = {
    200: "tersimpan (stored)", 201: "dibuat (created)", 204: "dihapus (deleted)",
}  # fmt: skip


def told(outcome: Outcome) -> bytes:
    """An OperationOutcome that says what became of a write."""
    said = {"severity": "information", "code": "informational", "details": {"text": _SAID[outcome.status]}}
    doubts = [
        {"severity": "warning", "code": "business-rule", "details": {"text": f.text.id, "coding": [{"code": f.code}]},
         "expression": [f.pointer]}
        for f in outcome.doubts
    ]  # fmt: skip
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": [said, *doubts]})


def stored(outcome: Outcome, prefer: str, base: str) -> Response:
    """The answer to a write, as `Prefer: return=` asks."""
    headers = {"ETag": outcome.etag, "Last-Modified": http_date(outcome.updated_at)} if outcome.version else {}
    if outcome.status == 204:
        if prefer == "operationoutcome":
            return Response(told(outcome), 200, headers, FHIR_JSON)
        return Response(status_code=204, headers=headers)
    headers["Location"] = f"{base}/{outcome.type}/{outcome.id}/_history/{outcome.version}"
    if outcome.doubts:
        headers["Warning"] = ", ".join(f'299 simpul "{f.code}: {f.text.id}"' for f in outcome.doubts)
    if prefer == "minimal":
        return Response(status_code=outcome.status, headers=headers)
    if prefer == "operationoutcome":
        return Response(told(outcome), outcome.status, headers, FHIR_JSON)
    return Response(outcome.body.encode(), outcome.status, headers, FHIR_JSON)


def indented(response: Response) -> Response:
    """The same answer for human eyes; decimals keep their digits."""
    if response.body:
        response.body = exact.dumps(exact.loads(bytes(response.body)), indent=True).encode()
        response.headers["content-length"] = str(len(response.body))
    return response


def response_entry(outcome: Outcome, base: str, face: str, prefer: str) -> dict[str, Any]:
    """What became of one entry of a Bundle. The `satusehat` face adds resourceType and resourceID."""
    response: dict[str, Any] = {"status": {201: "201 Created", 204: "204 No Content"}.get(outcome.status, "200 OK")}
    if outcome.version:
        response["etag"] = outcome.etag
        response["lastModified"] = outcome.updated_at.isoformat(timespec="milliseconds")
    if outcome.status != 204:
        response["location"] = f"{base}/{outcome.type}/{outcome.id}/_history/{outcome.version}"
    if face == "satusehat":
        response |= {"resourceType": outcome.type, "resourceID": outcome.id}
    if prefer == "operationoutcome" or outcome.doubts:  # FHIR's place for hints and warnings of one entry
        response["outcome"] = orjson.Fragment(told(outcome))
    if prefer == "representation" and outcome.body:
        return {"resource": orjson.Fragment(outcome.body), "response": response}
    return {"response": response}


def answered(entries: Sequence[dict[str, Any]], kind: str) -> Response:
    """A transaction-response or batch-response Bundle."""
    body = {"resourceType": "Bundle", "type": kind, **({"entry": entries} if entries else {})}
    return Response(orjson.dumps(body), 200, media_type=FHIR_JSON)


def searchset(
    entries: list[tuple[str, str, str]],
    outcomes: list[dict[str, Any]],
    total: int | None,
    links: dict[str, str],
    base: str,
    face: str = "fhir",
    included: Sequence[tuple[str, str, str]] = (),
) -> Response:
    """A searchset from texts: (type, id, body) each, spliced without parsing."""
    parts = [
        f'{{"fullUrl":"{base}/{type_}/{id_}","resource":{body},"search":{{"mode":"{mode}"}}}}'
        for mode, found in (("match", entries), ("include", included))
        for type_, id_, body in found
    ]
    parts += [beside(outcome) for outcome in outcomes]
    return bundle_text(",".join(parts), total, links, face)


def beside(outcome: dict[str, Any]) -> str:
    """An entry that is no match: an OperationOutcome about the search."""
    return f'{{"resource":{orjson.dumps(outcome).decode()},"search":{{"mode":"outcome"}}}}'


def bundle_text(entries: str, total: int | None, links: dict[str, str], face: str = "fhir") -> Response:
    """A searchset Bundle around already joined entries. FHIR has no empty lists, SATUSEHAT has."""
    link = orjson.dumps([{"relation": k, "url": v} for k, v in links.items()]).decode()
    counted = f'"total":{total},' if total is not None else ""
    entry = f',"entry":[{entries}]' if entries or face == "satusehat" else ""
    text = f'{{"resourceType":"Bundle","type":"searchset",{counted}"link":{link}{entry}}}'
    return Response(text.encode(), 200, media_type=FHIR_JSON)


def http_date(at: datetime) -> str:
    """A UTC moment as HTTP writes it."""
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} GMT"


_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def query_of(request: Request) -> str:
    """The query string as it came; `request.url` would put the whole address together for it."""
    query: bytes = request.scope["query_string"]
    return query.decode("latin-1")


def base_of(request: Request) -> str:
    """The public FHIR base URL as the caller reached it (the gateway passes Host on)."""
    proto = "https" if request.headers.get("x-forwarded-proto", request.scope["scheme"]) == "https" else "http"
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):  # it is spliced into texts
        host = "localhost"
    return f"{proto}://{host}{BASE}"
