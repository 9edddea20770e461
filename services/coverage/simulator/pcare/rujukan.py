"""Rujukan: the referral inside a visit, looked up by the visit's number."""

import json
from datetime import date, timedelta
from typing import Any

from services.coverage.simulator.codes import by_code, rows
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare import visiting
from services.coverage.simulator.pcare.kunjungan import mine
from services.coverage.simulator.pcare.reading import NO_DATA, day, diagnosis, dmy
from services.coverage.simulator.pcare.service import PCARE

VALID = timedelta(days=89)
"""From the day the referral is meant for, both days counted: ninety."""
TACC = {-1: "", 0: "", 1: "Time", 2: "Age", 3: "Complication", 4: "Comorbidity"}
BRANCH = {"kdKC": "0404", "nmKC": "BENGKALIS", "dati": {"kdDati": "0231", "nmDati": "KAB. KEPULAUAN MERANTI"},
          "kdKR": {"kdKR": "04", "nmKR": "KEDEPUTIAN WILAYAH SIMULASI", "alamat": "Jl. Contoh No. 9",
                   "telp": "0761-990009"}}  # fmt: skip


@PCARE.get("/kunjungan/rujukan/{number}")
def referral(ask: Ask, number: str) -> Any:
    """One referral of the facility that asks."""
    row = mine(ask, number)
    if row is None or not row["referred"]:
        return NO_DATA
    body = json.loads(row["body"])
    onward, member = body["rujukLanjut"], ask.world.by_card(row["card"]) or {}
    here, there = ask.world.provider(row["provider"]), visiting.hospital(onward["kdppk"]) or {}
    meant = day(onward.get("tglEstRujuk"))
    until = (meant or date.fromisoformat(row["day"])) + VALID
    special = onward.get("khusus")
    return {
        "noRujukan": row["no"],
        "ppk": {"kdPPK": here.code, "nmPPK": here.name, "alamat": "Jl. Contoh No. 1", "kc": BRANCH},
        "ppkRujuk": {"kdPPK": there.get("kdppk"), "nmPPK": there.get("nmppk")},
        "tglKunjungan": dmy(row["day"]),
        "poli": _poli(onward),
        "nokaPst": row["card"],
        "nmPst": member.get("nama"),
        "tglLahir": member.get("tglLahir"),
        "pisa": "1",
        "ketPisa": str(member.get("hubunganKeluarga", "")).upper(),
        "sex": member.get("sex"),
        **{f"diag{i}": diagnosis(code) if (code := body.get(f"kdDiag{i}")) else None for i in (1, 2, 3)},
        "catatan": special.get("catatan") if special else None,
        "dokter": visiting.doctor(ask, row["provider"], body["kdDokter"]),
        "tacc": {
            "kdTacc": body.get("kdTacc", -1), "nmTacc": TACC[body.get("kdTacc", -1)],
            "alasanTacc": body.get("alasanTacc"),
        },
        "infoDenda": None,
        "tglEstRujuk": dmy(meant) if meant else None,
        "tglAkhirRujuk": dmy(until),
        "jadwal": "Senin-Jumat 08:00-12:00",
        "catatanRujuk": None,
    }  # fmt: skip


def _poli(onward: dict[str, Any]) -> dict[str, Any]:
    """The poli the referral leads to."""
    special, ordinary = onward.get("khusus"), onward.get("subSpesialis") or {}
    if special and not special.get("kdSubSpesialis"):
        return {"kdPoli": special["kdKhusus"], "nmPoli": by_code("khusus")[special["kdKhusus"]]["nmKhusus"].upper()}
    wanted = special["kdSubSpesialis"] if special else ordinary.get("kdSubSpesialis1")
    row = next(row for row in rows("subspesialis") if row["kdSubSpesialis"] == wanted)
    return {"kdPoli": row["kdPoliRujuk"], "nmPoli": row["nmSubSpesialis"]}
