"""The token endpoint, in the two shapes clients know, and the keys that verify tokens."""

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from services.facilities.usecases import keys, tokens
from services.facilities.usecases.tokens import LIFETIME, Denied, Granted
from services.kernel.auth import public
from services.kernel.problems import Text, TooLarge
from services.kernel.service import Service, Svc

router = APIRouter(prefix="/oauth2/v1", tags=["Masuk (sign in)"])

FORM_LIMIT = 16 * 1024
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
UNKNOWN = (
    "The user or system was not able to be authenticated "
    "(either client_id or client_secret combination is unacceptable)"
)


class Token(BaseModel):
    """Jawaban menurut RFC 6749 (plain answer)."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int = Field(LIFETIME, description="Detik (seconds)")


class SatusehatToken(BaseModel):
    """Jawaban untuk aplikasi berwajah `satusehat`: angka berupa teks (numbers are texts)."""

    model_config = ConfigDict(populate_by_name=True)

    refresh_token_expires_in: str = "0"  # noqa: S105
    api_product_list: str = "[api-simpul]"
    api_product_list_json: list[str] = ["api-simpul"]
    organization_name: str = "simpul"
    developer_email: str = Field("", alias="developer.email")
    token_type: str = "BearerToken"  # noqa: S105
    issued_at: str = Field(description="Milidetik sejak 1970 (milliseconds)", examples=["1671109805593"])
    client_id: str
    access_token: str
    application_name: str
    scope: str = ""
    expires_in: str = str(LIFETIME - 1)
    refresh_count: str = "0"
    status: str = "approved"


class TokenError(BaseModel):
    """Kesalahan menurut RFC 6749 (error)."""

    error: str = Field(examples=["invalid_client"])
    error_description: str


def _form(*fields: str, grant: str) -> dict[str, Any]:
    """OpenAPI of a form body: all fields texts, none required (they may stand elsewhere)."""
    schema = {
        "type": "object",
        "properties": {
            "grant_type": {"type": "string", "examples": [grant]},
            **{f: {"type": "string", **FIELDS.get(f, {})} for f in fields},
        },
    }
    return {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


FIELDS: dict[str, dict[str, Any]] = {
    "client_secret": {"format": "password"},
    "password": {"format": "password"},
    "username": {"examples": ["demo.puskesmas"]},
}
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": TokenError, "description": "grant_type salah atau isian kurang (bad request)"},
    401: {"model": TokenError, "description": "Client atau secret salah (bad credentials)"},
    429: {"model": TokenError, "description": "Terlalu banyak percobaan gagal (too many failed attempts)"},
}
GrantInQuery = Annotated[
    str | None, Query(alias="grant_type", description="Boleh di sini atau di isi formulir (here or in the form)")
]


@router.post(
    "/accesstoken",
    dependencies=[Depends(public)],
    responses={200: {"model": SatusehatToken | Token}, **ERRORS},
    openapi_extra=_form("client_id", "client_secret", grant="client_credentials"),
    summary="Minta token seperti di SATUSEHAT (token, the SATUSEHAT way)",
)
async def access_token(service: Svc, request: Request, grant_type: GrantInQuery = "client_credentials") -> JSONResponse:
    """Token untuk aplikasi. `client_id` dan `client_secret` di isi formulir atau HTTP Basic; berlaku 4 jam.

    Aplikasi berwajah `satusehat` mendapat jawaban berbentuk SATUSEHAT, yang lain menurut RFC 6749.
    (Client credentials by form or HTTP Basic; the answer's shape follows the client's face.)
    """
    try:
        form = await _read(request)
        grant = request.query_params.get("grant_type") or form.get("grant_type")
        if grant != "client_credentials":
            raise _unsupported("client_credentials")
        granted = await _client(service, request, form)
    except Denied as denied:
        return _denied(denied, outcome=True)
    if granted.face != "satusehat":
        return _plain(granted)
    body = SatusehatToken(
        issued_at=str(int(granted.issued * 1000)), client_id=granted.subject, access_token=granted.token,
        application_name=granted.subject,
    )  # fmt: skip
    return JSONResponse(body.model_dump(by_alias=True), headers=NO_STORE)


@router.post(
    "/token",
    dependencies=[Depends(public)],
    responses={200: {"model": Token}, **ERRORS},
    openapi_extra=_form("username", "password", "client_id", "client_secret", grant="password"),
    summary="Minta token menurut RFC 6749 (token, RFC 6749)",
)
async def token(service: Svc, request: Request, grant_type: GrantInQuery = None) -> JSONResponse:
    """Token untuk staf (`grant_type=password`) dan aplikasi (`grant_type=client_credentials`); berlaku 4 jam.

    (For people by password, for applications by client credentials.)
    """
    try:
        form = await _read(request)
        match grant_type or form.get("grant_type"):
            case "password":
                if not form.get("username") or not form.get("password"):
                    raise Denied(400, "invalid_request", "isi username dan password (send username and password)")
                granted = await tokens.for_staff(service, form["username"], form["password"], _caller(request))
            case "client_credentials":
                granted = await _client(service, request, form)
            case _:
                raise _unsupported("password, client_credentials")
    except Denied as denied:
        return _denied(denied, outcome=False)
    return _plain(granted)


@router.get("/jwks", dependencies=[Depends(public)], summary="Kunci pemeriksa token (keys that verify tokens)")
async def jwks(service: Svc, response: Response) -> dict[str, Any]:
    """Kunci publik RS256 sebagai JWK set (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return keys.of(service).published


async def _client(service: Service, request: Request, form: dict[str, str]) -> Granted:
    client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    return await tokens.for_client(service, client_id, secret, _caller(request))


async def _read(request: Request) -> dict[str, str]:
    """The form's text fields, whether urlencoded or multipart (both are sent by clients in the field)."""
    if int(request.headers.get("content-length") or 0) > FORM_LIMIT:
        raise TooLarge(Text("Formulir melebihi 16 KiB", "The form exceeds 16 KiB"))
    async with request.form(max_files=0, max_fields=20) as form:
        return {k: v for k, v in form.items() if isinstance(v, str)}


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    return (client_id, secret) if client_id else None


def _caller(request: Request) -> str:
    return request.client.host if request.client else "-"


def _unsupported(able: str) -> Denied:
    return Denied(400, "unsupported_grant_type", f"grant_type yang dilayani (supported): {able}")


def _plain(granted: Granted) -> JSONResponse:
    return JSONResponse(Token(access_token=granted.token).model_dump(), headers=NO_STORE)


def _denied(denied: Denied, outcome: bool) -> JSONResponse:
    """RFC 6749's error; with `outcome` inside the OperationOutcome SATUSEHAT clients read unguarded."""
    body: dict[str, Any] = {"error": denied.error, "error_description": denied.description}
    if outcome:
        said = UNKNOWN if denied.status == 401 else denied.description
        issue = {"severity": "invalid", "code": "value", "details": {"text": said}}
        body = {"resourceType": "OperationOutcome", "issue": [issue], **body}
    headers = dict(NO_STORE)
    if denied.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="simpul"'
    if denied.wait:
        headers["Retry-After"] = str(denied.wait)
    return JSONResponse(body, denied.status, headers)
