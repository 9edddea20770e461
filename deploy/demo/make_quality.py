"""Writes the readiness, learning and survey files beside `areas.csv`: `python -m deploy.demo.make_quality`.

The story: three puskesmas implemented ILP in 2025 (target 3), seven by autumn 2026 (target 6).
"""

from collections.abc import Iterator
from datetime import date, timedelta

from deploy.demo.make_network import Row, write

REQUIRED = {
    "sk-klaster": "SK Kepala Puskesmas tentang struktur klaster",
    "alur-klaster": "Denah dan alur layanan per klaster di ruang tunggu",
    "pustu-paket": "Jadwal dan laporan layanan pustu",
    "posyandu-siklus-hidup": "Laporan hari buka posyandu untuk semua siklus hidup",
    "kunjungan-rumah": "Rekap kunjungan rumah bulan lalu",
    "pws-lokmin": "Notulen lokmin dengan dasbor PWS dan tindak lanjut",
}
IMPLEMENT = {
    "P1410010101": date(2025, 3, 14), "P1410010102": date(2025, 8, 20), "P1410050101": date(2025, 11, 12),
    "P1410030101": date(2026, 2, 18), "P1410040101": date(2026, 4, 22), "P1410060101": date(2026, 6, 24),
    "P1410080101": date(2026, 9, 16),
}  # fmt: skip
"""The day the last required criterion was verified."""
NETWORKED = ("P1410010101", "P1410050101", "P1410080101")


def claims() -> Iterator[Row]:
    """Claims and verdicts of two years."""
    for code, day in IMPLEMENT.items():
        for n, (criterion, note) in enumerate(REQUIRED.items()):
            verified = day - timedelta(17 * (len(REQUIRED) - 1 - n))
            yield code, criterion, 1, verified - timedelta(9), note, "", verified, "", ""
        if code in NETWORKED:
            claimed = day - timedelta(30)
            yield code, "jejaring", 1, claimed, "MoU dengan klinik dan praktik mandiri", "", day, "", ""
    late = "P1410020101"  # four of six: evidence that ran out, a claim that waits, one that came back
    for criterion in ("sk-klaster", "alur-klaster", "posyandu-siklus-hidup", "kunjungan-rumah"):
        yield late, criterion, 1, "2026-05-04", REQUIRED[criterion], "", "2026-05-18", "", ""
    yield late, "pws-lokmin", 1, "2025-02-10", REQUIRED["pws-lokmin"], "2025-12-31", "2025-02-20", "", ""
    back = "Laporan belum memuat layanan pustu"
    yield late, "pustu-paket", 1, "2026-08-03", REQUIRED["pustu-paket"], "", "", "2026-08-12", back
    yield late, "pustu-paket", 2, "2026-10-19", "Laporan pustu Oktober", "", "", "", ""
    for criterion in ("sk-klaster", "alur-klaster"):
        yield "P1410070101", criterion, 1, "2026-07-06", REQUIRED[criterion], "", "2026-07-20", "", ""


def main() -> None:
    write(
        "readiness-claims.csv",
        "facility,criterion,number,claimed_on,note,valid_until,verified_on,returned_on,reason",
        claims(),
    )


if __name__ == "__main__":
    main()
