"""What the demo puskesmas asks the office to change: one proposal for each step the documentation shows."""

from typing import Any

PUSKESMAS = "P1410010101"
NURSE = {
    "id": "10009880901", "facility": PUSKESMAS, "name": "Ns. Intan Permata", "profession": "perawat",
    "str_number": "STR-00901", "valid_from": "2026-01-05",
}  # fmt: skip


def _own(field: str, value: Any, note: str) -> dict[str, Any]:
    return {"of": "facility", "key": PUSKESMAS, "values": {field: value}, "note": note}


PROPOSALS: dict[str, dict[str, Any]] = {
    "setuju": {"of": "practitioner", "values": NURSE, "note": "Perawat baru sejak Januari"},
    "tolak": _own("name", "UPT Puskesmas Selatpanjang Kota", "Sesuai papan nama"),
    "kembali": _own("latitude", 0.99701, "Titik dari GPS halaman depan"),
    "ulang": _own("phone", "0763-990103", "Telepon ruang tata usaha"),
    "tarik": _own("phone", "0763-990104", "Telepon ruang tunggu"),
}
"""By the word its Idempotency-Key ends with (`contoh-…`), from which its id follows."""
RETURNED = "10a6e2bf-43dc-5eb0-98fd-5f400cf0d77c"
"""`ulang`: the office asked back."""
QUESTION = {"reason": "Nomor ruang mana, dan sejak kapan?"}
