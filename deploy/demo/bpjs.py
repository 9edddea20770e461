"""What the demo's FKTPs chose to tell BPJS, so that their visits are delivered to the bundled simulator.

One clinic has not yet said which doctor of BPJS' list its own are: its visits wait, each with the field to mend.
"""

from collections.abc import Iterator
from typing import Any

import httpx

from deploy.demo import network as files
from deploy.demo.door import fine

FIRST_LEVEL = ("puskesmas", "klinik-pratama", "tpmd")
FORGOTTEN = "K1410010202"
"""The clinic without a doctor chosen."""
CHOICES = (
    ("doctor", "*", "131491"), ("poli", "*", "001"), ("poli", "tanpa-diagnosis", "020"), ("poli", "posyandu", "020"),
    ("poli", "sekolah", "020"), ("poli", "kunjungan-rumah", "021"), ("consciousness", "*", "01"),
    ("prognosis", "*", "02"), ("allergy-food", "none", "00"), ("allergy-air", "none", "00"),
    ("allergy-drug", "none", "00"), ("discharge", "home", "3"), ("means", "*", "1"),
    ("special", "emergency", "IGD"), ("area", "*", "1410"),
)  # fmt: skip
"""Kind, ours, BPJS' code (of the simulator's lists)."""


def choices() -> Iterator[dict[str, Any]]:
    """Every facility's choices."""
    for row in files.rows("facilities.csv"):
        if row["kind"] in FIRST_LEVEL and row["bpjs_code"]:
            for kind, ours, theirs in CHOICES:
                if (row["code"], kind) != (FORGOTTEN, "doctor"):
                    yield {"kind": kind, "ours": ours, "theirs": theirs, "facility": row["code"]}


async def load(http: httpx.AsyncClient) -> None:
    """Choose the codes, unless somebody did."""
    known = await http.get("/v1/jkn/maps", params={"facility": "P1410010101"})
    if fine(known, "BPJS codes")["items"]:
        return
    items = list(choices())
    for n in range(0, len(items), 500):
        fine(await http.put("/v1/jkn/maps", json={"items": items[n : n + 500]}), "BPJS codes")
