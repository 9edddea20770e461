"""From frameworks' exceptions to our problems: validation faults in two languages, unknown routes, outages."""

import logging
from typing import Any

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.kernel.db import MISFITS, OUTAGES
from services.kernel.frame import BodyTooLarge, render, too_large
from services.kernel.logs import described
from services.kernel.problems import (
    Conflict,
    Failure,
    Fault,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    Text,
    TooLarge,
    Unavailable,
    Unprocessable,
)  # fmt: skip

log = logging.getLogger(__name__)

_MISFIT = Text(
    "Ada isian di luar jangkauan: karakter U+0000, angka atau tanggal yang terlalu besar, atau tingkat terlalu dalam",
    "A value is out of range: the character U+0000, a number or date too large, or nesting too deep",
)
_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("wajib diisi", "is required"),
    "extra_forbidden": (
        "tidak dikenal; hapus atau perbaiki namanya",
        "is not known; remove it or mend its name",
    ),
    "string_type": ("harus berupa teks", "must be a text"),
    "int_type": ("harus berupa bilangan bulat", "must be a whole number"),
    "int_parsing": ("harus berupa bilangan bulat", "must be a whole number"),
    "float_type": ("harus berupa bilangan", "must be a number"),
    "float_parsing": ("harus berupa bilangan", "must be a number"),
    "decimal_type": ("harus berupa bilangan", "must be a number"),
    "bool_type": ("harus true atau false", "must be true or false"),
    "bool_parsing": ("harus true atau false", "must be true or false"),
    "list_type": ("harus berupa daftar", "must be a list"),
    "dict_type": ("harus berupa objek", "must be an object"),
    "model_type": ("harus berupa objek", "must be an object"),
    "model_attributes_type": ("harus berupa objek JSON", "must be a JSON object"),
    "date_type": ("harus tanggal YYYY-MM-DD", "must be a date YYYY-MM-DD"),
    "date_parsing": ("harus tanggal YYYY-MM-DD yang ada di kalender", "must be a real date YYYY-MM-DD"),
    "date_from_datetime_parsing": (
        "harus tanggal YYYY-MM-DD yang ada di kalender",
        "must be a real date YYYY-MM-DD",
    ),
    "datetime_parsing": (
        "harus waktu ISO 8601, misalnya 2026-11-21T08:30:00+07:00",
        "must be an ISO 8601 time",
    ),
    "datetime_from_date_parsing": (
        "harus waktu ISO 8601, misalnya 2026-11-21T08:30:00+07:00",
        "must be an ISO 8601 time",
    ),
    "json_invalid": ("bukan JSON yang sah", "is not valid JSON"),
}


def _counted(kind: str) -> tuple[str, str]:
    return ("huruf", "characters") if kind.startswith("string") else ("butir", "items")


def _described(error: dict[str, Any]) -> Text:
    kind, ctx = error["type"], error.get("ctx") or {}
    if kind in _WORDS:
        return Text(*_WORDS[kind])
    if kind in ("enum", "literal_error"):
        among = str(ctx.get("expected"))
        return Text(f"harus salah satu dari {among.replace(' or ', ' atau ')}", f"must be one of {among}")
    if kind == "string_pattern_mismatch":
        return Text(f"harus sesuai pola {ctx.get('pattern')}", f"must match the pattern {ctx.get('pattern')}")
    if kind in ("string_too_short", "too_short"):
        of, of_en = _counted(kind)
        return Text(f"paling sedikit {ctx.get('min_length')} {of}", f"at least {ctx.get('min_length')} {of_en}")
    if kind in ("string_too_long", "too_long"):
        of, of_en = _counted(kind)
        return Text(f"paling banyak {ctx.get('max_length')} {of}", f"at most {ctx.get('max_length')} {of_en}")
    bounds = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le", "less_than": "lt"}
    if kind in bounds:
        sign = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}[bounds[kind]]
        return Text(f"harus {sign} {ctx.get(bounds[kind])}", f"must be {sign} {ctx.get(bounds[kind])}")
    if kind == "value_error":  # our own validators: "Indonesia / English", without the value
        own = str(ctx.get("error", ""))
        first, _, second = own.partition(" / ")
        return Text(first, second or first)
    return Text("tidak sesuai", "does not fit")


def faults(errors: Any) -> list[Fault]:
    """pydantic's errors as faults with JSON pointers; submitted values are left out."""
    return [Fault("/" + "/".join(str(p) for p in e["loc"] if p != "body"), _described(e), e["type"]) for e in errors]


def from_validation(error: RequestValidationError) -> Problem:
    """400 when the body is no JSON at all, 422 when fields are wrong."""
    found = list(error.errors())
    if found and found[0]["type"] == "json_invalid":
        at = found[0]["loc"][-1]
        return Invalid(Text(f"Isi bukan JSON yang sah (posisi {at})", f"The body is not valid JSON (position {at})"))
    return Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), faults(found))


def install(app: FastAPI) -> None:
    """Register the handlers that turn every exception of a route into one problem."""

    def rendered(request: Request, problem: Problem) -> Response:
        status, headers, body = render(problem, request.scope)
        return Response(body, status, headers={k.decode(): v.decode() for k, v in headers})

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101
        return rendered(request, error)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return rendered(request, from_validation(error))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        known: dict[int, type[Problem]] = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge}
        if isinstance(error, BodyTooLarge):
            return rendered(request, too_large(error.limit))
        problem = known.get(error.status_code, Invalid)()
        problem.headers |= dict(error.headers or {})
        return rendered(request, problem)

    async def on_outage(request: Request, _: Exception) -> Response:
        return rendered(request, Unavailable(headers={"Retry-After": "1"}))

    async def on_misfit(request: Request, error: Exception) -> Response:
        log.warning("a value no column can hold", extra={"service": request.app.state.service.name, **described(error)})
        return rendered(request, Invalid(_MISFIT))

    async def on_unique(request: Request, _: Exception) -> Response:
        return rendered(request, Conflict(Text("Sudah ada yang sama", "The same already exists")))

    async def on_failure(request: Request, _: Exception) -> Response:
        return rendered(request, Failure())  # the frame logs it

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_failure)
    app.add_exception_handler(asyncpg.UniqueViolationError, on_unique)
    app.add_exception_handler(RecursionError, on_misfit)
    for outage in OUTAGES:
        app.add_exception_handler(outage, on_outage)
    for misfit in MISFITS:
        app.add_exception_handler(misfit, on_misfit)
