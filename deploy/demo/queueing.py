"""The queue of the demo puskesmas: its timetable, the account Mobile JKN signs in with, and who has a number."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import httpx

from deploy.demo.door import SeedError, bearer, fine
from deploy.demo.people import CARDS, EXAMPLE_CHILD_NIK, EXAMPLE_HUSBAND_NIK, EXAMPLE_NIK

HOME, HOME_AT_BPJS = "P1410010101", "9914P001"
USERNAME = "bpjs.9914p001"
POLIS = (
    ("001", "Poli Umum", "A", 131491, "dr. Dewi Lestari", "08:00", "12:00", 60),
    ("002", "Poli Gigi & Mulut", "B", 131492, "drg. Maya Wijaya", "08:00", "12:00", 20),
    ("011", "Gawat Darurat", "G", 131493, "dr. Rudi Hartono", "00:00", "23:59", 200),
)
"""Poli, name, letter, doctor, and hours, every day of the week."""
TWICE = "1 Kali"
"""What is said of a number that was taken by an earlier load."""
HELD = (("001", 131491), ("002", 131492))
"""Where the daughter holds the numbers that the documentation's examples give up again: poli, doctor."""
AT_BPJS = {
    EXAMPLE_NIK: {"active": True, "provider": HOME_AT_BPJS},
    EXAMPLE_CHILD_NIK: {"active": True, "provider": HOME_AT_BPJS},
    EXAMPLE_HUSBAND_NIK: {"registered": False},
}
"""What the simulator shall say of the example family; the father is to be proposed for free membership."""


async def load(
    http: httpx.AsyncClient, known: Mapping[str, Any], staff: Mapping[str, Any], today: date
) -> dict[str, str]:
    """Timetable, account and tickets; the account, whose password is told once and kept by the caller."""
    hours = [
        {"poli": poli, "poli_name": name, "prefix": prefix, "doctor": doctor, "doctor_name": doctor_name,
         "weekday": weekday, "starts": starts, "ends": ends, "capacity": capacity}
        for weekday in range(1, 8)
        for poli, name, prefix, doctor, doctor_name, starts, ends, capacity in POLIS
    ]  # fmt: skip
    timetable = {"facility": HOME, "valid_from": "2024-01-01", "hours": hours}
    fine(await http.put("/v1/jkn/queue/practice-hours", json=timetable), "timetable")
    account = dict(known) or await _account(http)
    await _called(http, account)
    await _mobile(http, account, today + timedelta(days=1))
    await _desk(http, staff)
    return account


async def _account(http: httpx.AsyncClient) -> dict[str, str]:
    said = {"username": USERNAME, "facility": HOME}
    answer = await http.post("/v1/jkn/queue/accounts", json=said)
    if answer.status_code == 409:  # from an earlier load whose file is lost: give it a new password
        answer = await http.put(f"/v1/jkn/queue/accounts/{USERNAME}/password")
    made = fine(answer, "queue account")
    return {"username": made["username"], "password": made["password"]}


async def _called(http: httpx.AsyncClient, account: Mapping[str, str]) -> None:
    """The simulator's Mobile JKN learns where this puskesmas is called, so that its page can call it, and who of the
    example family is a member.

    Without a simulator, or from another machine, there is nobody to tell: the demo goes on without.
    """
    for nik, fixed in AT_BPJS.items():
        await http.patch(f"/jkn-simulator/_control/members/{nik}", json=fixed)
    said = {"base_url": f"{str(http.base_url).rstrip('/')}/antreanfktp", **account}
    await http.put(f"/jkn-simulator/_control/mobile/endpoints/{HOME_AT_BPJS}", json=said)


async def _mobile(http: httpx.AsyncClient, account: Mapping[str, str], day: date) -> None:
    """The daughter has taken two numbers by Mobile JKN for tomorrow; taken before, they stay."""
    headers = {"x-username": account["username"], "x-password": account["password"]}
    signed_in = fine(await http.get("/antreanfktp/auth", headers=headers), "queue sign-in")
    headers = {"x-username": account["username"], "x-token": signed_in["response"]["token"]}
    for poli, doctor in HELD:
        said = {
            "nomorkartu": CARDS.of(EXAMPLE_CHILD_NIK), "nik": EXAMPLE_CHILD_NIK, "kodepoli": poli,
            "tanggalperiksa": str(day), "keluhan": "kontrol", "kodedokter": doctor, "jampraktek": "08:00-12:00",
            "norm": "", "nohp": "",
        }  # fmt: skip
        told = fine(await http.post("/antreanfktp/antrean", json=said, headers=headers), "ticket")["metadata"]
        if told["code"] != 200 and TWICE not in told["message"]:
            raise SeedError(f"antrean: {told['message']}")


async def _desk(http: httpx.AsyncClient, staff: Mapping[str, Any]) -> None:
    """Three stand at the desk today; one of them has been called and has come."""
    account = staff["demo.puskesmas"]
    headers = {"Authorization": await bearer(http, "demo.puskesmas", account["password"])}
    if fine(await http.get("/v1/jkn/queue", headers=headers), "queue")["tickets"]:
        return
    for nik in (EXAMPLE_HUSBAND_NIK, EXAMPLE_NIK, EXAMPLE_CHILD_NIK):
        said = {"nik": nik, "poli": "011"}
        fine(await http.post("/v1/jkn/queue/tickets", json=said, headers=headers), "ticket")
    called = fine(await http.post("/v1/jkn/queue/next", json={"poli": "011"}, headers=headers), "call")
    fine(await http.post(f"/v1/jkn/queue/tickets/{called['ticket']}/present", json={}, headers=headers), "present")
