"""Reading what a hospital sends; the first fault ends it with code 201 and its text, as VClaim does.

The texts are ours where BPJS has published none.
"""

import re
from datetime import date, timedelta
from typing import Any

from services.coverage.simulator.answers import Refusal
from services.coverage.simulator.codes import rows
from services.coverage.simulator.door import Ask, Stop

NO_DATA = Refusal(201, "Data Tidak Ada")
VALID = timedelta(days=89)
"""A referral's days after its first one: ninety in all."""
KINDS = {"1": "Rawat Inap", "2": "Rawat Jalan"}


def refuse(message: str) -> Stop:
    """To be raised: 201 with this text."""
    return Stop(Refusal(201, message))


def day(text: Any, name: str = "Tanggal") -> date:
    """A date yyyy-MM-dd. Raises Stop."""
    if isinstance(text, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise refuse(f"{name} tidak sesuai format yyyy-MM-dd")


def iso(dmy: str | None) -> str | None:
    """A date of PCare's (dd-MM-yyyy) as VClaim writes it."""
    return "-".join(reversed(dmy.split("-"))) if dmy else None


def part(ask: Ask, name: str) -> dict[str, Any]:
    """`request.<name>` of the body. Raises Stop."""
    request = ask.body.get("request") if isinstance(ask.body, dict) else None
    found = request.get(name) if isinstance(request, dict) else None
    if not isinstance(found, dict):
        raise refuse(f"Format request tidak sesuai: request.{name} tidak ada")
    return found


def inner(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object inside the body; an empty one when it is none."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def text(body: dict[str, Any], name: str, empty: bool = False) -> str:
    """A text of the body. Raises Stop when it is missing, or empty and must not be."""
    value = body.get(name)
    if value is None or isinstance(value, dict | list | bool) or not (empty or str(value).strip()):
        raise refuse(f"{name} tidak boleh kosong")
    return str(value).strip()


def listed(body: dict[str, Any], name: str, codes: set[str]) -> str:
    """A code out of a few. Raises Stop."""
    value = text(body, name)
    if value not in codes:
        raise refuse(f"{name} tidak sesuai")
    return value


def member(ask: Ask, card: str) -> dict[str, Any]:
    """The member with this card, as PCare shows it. Raises Stop."""
    found = ask.world.by_card(card)
    if found is None:
        raise refuse("No.Kartu tidak sesuai")
    return found


def poli(code: str) -> dict[str, str]:
    """A specialist poli by the code referrals use."""
    row = next((r for r in rows("subspesialis") if r["kdPoliRujuk"] == code), None)
    return {"kode": code, "nama": row["nmSubSpesialis"] if row else code}


def hospital(ask: Ask) -> str:
    """The hospital that asks; the public account of a district is a made-up one."""
    return ask.provider or "9914R000"


def named(ask: Ask, code: str) -> dict[str, str]:
    """A facility of either level by code."""
    known = next((r for r in rows("hospitals") if r["kdppk"] == code), None)
    return {"kode": code, "nama": known["nmppk"] if known else ask.world.provider(code).name}
