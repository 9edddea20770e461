"""The envelope each service puts around its answers, and the odd spellings of it that occur."""

from typing import TYPE_CHECKING, Any

import orjson
from fastapi import Response

from services.coverage.simulator.faults import Fault, Struck

if TYPE_CHECKING:
    from services.coverage.simulator.door import Service


def wrapped(service: "Service", code: int, message: str, response: Any, struck: Struck) -> Response:
    """An answer in the service's envelope, or in the spelling a fault asks for."""
    meta, word, as_text = service.meta, "code", service.text_code
    if struck.has(Fault.LOWER_METADATA):
        meta = "metadata"
    if struck.has(Fault.CAPITAL_CODE):
        word = "Code"
    if struck.has(Fault.CODE_AS_TEXT):
        as_text = True
    if struck.has(Fault.CODE_AS_NUMBER):
        as_text = False
    body = {"response": response, meta: {"message": message, word: str(code) if as_text else code}}
    status = code if service.status_follows or code >= 500 else 200
    return Response(orjson.dumps(body), status, media_type="application/json")
