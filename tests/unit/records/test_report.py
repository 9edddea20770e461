"""The report in plain words: every kind of thing the record logs has some, and a moment reads as people write it."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import services
from services.records import report
from services.records.report import Asked

ZONE = ZoneInfo("Asia/Jakarta")
HERE = Path(services.__file__ or "").parent / "records"


def logged() -> set[str]:
    """The words that stand as `what` in the record's own access rows."""
    texts = "\n".join(path.read_text() for room in ("usecases", "queries") for path in (HERE / room).glob("*.py"))
    said = re.findall(r"Access\((?:[^()]|\([^()]*\))*?, \"(?:read|write|search)\", \"([^\"]+)\"", texts)
    return {*said, *re.findall(r"'(?:read|search|write)', '([^'{]+)', \{", texts)}


def test_every_kind_has_plain_words() -> None:
    kinds = logged()
    assert {"$export", "resource", "identity-review", "visit"} <= kinds
    assert {k for k in kinds if report.thing(k)[0] == k} == set()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("Observation", "hasil pemeriksaan"), ("Observation/_history", "riwayat hasil pemeriksaan"),
        ("indicator spm-1 units", "daftar kerja program"), ("Patient/$validate", "data diri"),
        ("Encounter/$everything", "kunjungan"), ("Patient/$everything", "seluruh catatan"), ("Basic", "Basic"),
    ],
)  # fmt: skip
def test_things(what: str, words: str) -> None:
    assert report.thing(what)[0] == words


def test_a_sentence_says_where_who_what_why_and_when() -> None:
    asked = Asked("p", None, None, datetime.now(UTC), ZONE, {"P1": "Puskesmas Satu"})
    row = {
        "facility": "P1", "role": "clinician", "action": "read", "what": "DiagnosticReport", "purpose": "TREAT",
        "outcome": "allowed", "at": datetime(2026, 11, 3, 3, 12, tzinfo=UTC),
    }  # fmt: skip
    assert report.sentence(row, asked).id == (
        "Puskesmas Satu, dokter atau tenaga kesehatan, membaca laporan lab atau penunjang, untuk perawatan, "
        "3 Nov 2026 10.12"
    )
    assert report.sentence(row | {"outcome": "refused"}, asked).en.startswith(
        "Puskesmas Satu, a clinician, was refused"
    )
    assert report.sentence(row | {"facility": None}, asked).id.startswith("Dinas Kesehatan")
    holder = {"facility": "umum", "role": "public", "what": "referral-letter", "purpose": "verification"}
    assert report.sentence(row | holder, asked).id == (
        "Di luar faskes, yang memegang surat, membaca surat rujukan, untuk memeriksa keasliannya, 3 Nov 2026 10.12"
    )
