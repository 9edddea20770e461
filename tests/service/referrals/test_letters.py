"""The letter as it comes out of the printer, who gets it, and what a holder of the paper may ask."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp

from services.referrals.usecases.letters import TRIES
from tests.service.referrals.stage import (
    CLINIC,
    DOCTOR,
    HOSPITAL,
    IDENTITY,
    NIK,
    PERSON,
    PRACTICE,
    PUSKESMAS,
    Stage,
    staged,
    token,
)

SENDER, RECEIVER = token("clinician", PRACTICE), token("clinician", PUSKESMAS)
FULL: dict[str, Any] = {
    "payer": "jkn", "practitioner": DOCTOR, "service": "kia", "criterion": {"kind": "procedure", "code": "88.78"},
    "tacc": {"code": 1, "reason": ">= 7 Hari"}, "limit": "Reagen protein urin habis",
    "sbar": {"situation": "TD 150/95 dua kali", "background": "G2P1A0", "assessment": "Hipertensi gestasional",
             "recommendation": "Periksa <b>protein</b> & pantau"},
    "vitals": {"systolic": 150, "diastolic": 95, "pulse": 88, "temperature": 36.7, "consciousness": "compos-mentis"},
    "findings": "TFU 30 cm, DJJ 140", "therapy": "Nifedipin 10 mg", "consent": True,
    "transport": {"mode": "boat", "companion": "bidan desa", "eta": "2026-11-22T10:30:00+07:00"},
}  # fmt: skip


@pytest.fixture(scope="module")
async def stage(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One service for the whole file; each test refers for a diagnosis of its own."""
    folder: Path = tmp_path_factory.mktemp("letters")
    async with staged(new_database("referrals"), folder) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def fresh(stage: Stage) -> AsyncIterator[None]:
    """Nobody has asked yet, nothing is open; the person is as at first."""
    yield
    for name in ("letter-looks", "letter-misses", "letter-guesses"):
        stage.app.state.service.room.pop(name, None)
    async with stage.app.state.service.db.reading() as conn:
        await conn.execute("UPDATE referral SET doubled = true")
    stage.peers.identity, stage.peers.records_down = dict(IDENTITY), False
    stage.peers.unseen.clear()
    stage.peers.closed.clear()


async def fetch(stage: Stage, referral: str, who: dict[str, str] = SENDER, query: str = "") -> httpx.Response:
    return await stage.http.get(f"/v1/referrals/{referral}/letter{query}", headers=who)


def read(pdf: bytes) -> tuple[list[str], list[str]]:
    """The text of each page, and what the QR codes of the last one say, seen as a scanner sees a printed page."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[n].get_textpage().get_text_bounded().replace("\r\n", "\n") for n in range(len(document))]
    picture = document[len(document) - 1].render(scale=2, grayscale=True).to_pil()
    return pages, [code.text for code in zxingcpp.read_barcodes(picture)]


async def number(stage: Stage, referral: str) -> str:
    return str((await stage.open(referral, SENDER))["number"])


async def check(stage: Stage, code: str) -> dict[str, Any]:
    answer = await stage.http.get(f"/v1/referrals/letters/{code}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("paper", ["a4", "a5"])
async def test_it_says_all_that_the_law_and_the_receiver_ask_for(stage: Stage, paper: str) -> None:
    referral = await stage.sent(**FULL)
    await stage.http.put(
        f"/v1/referrals/{referral}/numbers", json={"system": "sisrute", "value": f"77{paper[1]}01"}, headers=SENDER
    )
    shown = await stage.open(referral, SENDER)
    answer = await fetch(stage, referral, query=f"?paper={paper}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    assert f"rujukan-{shown['number']}.pdf" in answer.headers["content-disposition"]
    pages, codes = read(answer.content)
    assert len(pages) == (1 if paper == "a4" else 2)  # with every field filled
    text = " ".join(" ".join(pages).split())
    for said in (
        "Praktik dr. Rahmat Hidayat", "Jl. Teuku Umar No. 2", "0763-990016", "D1410010301", "9914D001", "991410016",
        "SURAT RUJUKAN", shown["number"], "Kesehatan ibu dan anak", "Puskesmas Selatpanjang", "Jl. Merdeka No. 1",
        "Siti Aminah binti Ñuñez", NIK, "0001112223334", "1 Juli 1990 (36 tahun)", "Perempuan", "RT 003/RW 001",
        "O13 Hipertensi gestasional", "Tekanan darah 150/95 pada kehamilan 32 minggu", "88.78", ">= 7 Hari",
        "Reagen protein urin habis", "TD 150/95 dua kali", "G2P1A0", "Periksa <b>protein</b> & pantau",
        "TD 150/95 mmHg", "nadi 88/menit", "36,7 °C", "compos mentis", "TFU 30 cm", "Nifedipin 10 mg", "kapal/perahu",
        "bidan desa", "22-11-2026 10.30 WIB", "setuju dirujuk", "SISRUTE", f"77{paper[1]}01", "dr. Rahmat Hidayat",
        "SIP 503/0017/2024", "Berlaku s.d.", f"halaman 1 dari {len(pages)}",
    ):  # fmt: skip
        assert said in text, said
    assert codes == [f"http://127.0.0.1:8080/rujukan/periksa#{shown['number']}-1"]
    red, green, blue = pypdfium2.PdfDocument(answer.content)[0].render().to_pil().convert("RGB").split()
    assert red.tobytes() == green.tobytes() == blue.tobytes()  # a cheap printer has one ink


async def test_long_words_flow_over_pages_and_are_read_as_words(stage: Stage) -> None:
    long = " ".join(["Riwayat panjang"] * 240)
    endless = {"situation": "x" * 3900, "background": "\n".join(["baris"] * 600), "assessment": "<img src=x>" * 300}
    answer = await fetch(stage, await stage.sent(findings=long, therapy=long, sbar=endless), query="?paper=a5")
    pages, codes = read(answer.content)
    assert len(pages) > 2 and len(codes) == 1
    text = " ".join(" ".join(pages).split())
    assert text.count("Riwayat panjang") == 480
    assert text.count("baris") == 600
    assert all(f"halaman {n} dari {len(pages)}" in page for n, page in enumerate(pages, 1))


async def test_it_is_of_whoever_may_read_the_content_and_each_look_is_logged(stage: Stage) -> None:
    referral = await stage.sent()
    for who, status in (
        (SENDER, 200), (RECEIVER, 200), (token("clinician", CLINIC), 403), (token("dinkes-admin", None), 200),
        (token("auditor", None), 403), (token("jkn-connector", None), 403),
    ):  # fmt: skip
        assert (await fetch(stage, referral, who)).status_code == status, who
    looks = [r for r in await stage.looks() if r["what"] == "referral-letter" and r["person_id"] == PERSON][-4:]
    assert [(r["facility"], r["outcome"]) for r in looks] == [
        (PRACTICE, "allowed"), (PUSKESMAS, "allowed"), (CLINIC, "refused"), (None, "allowed"),
    ]  # fmt: skip
    stage.peers.closed.add(referral)
    assert (await fetch(stage, referral, token("dinkes-admin", None))).status_code == 403
    await stage.take(referral, "decline", RECEIVER, {"reason": "penuh hari ini"})
    assert (await fetch(stage, referral, RECEIVER)).status_code == 403


@pytest.mark.parametrize("why", ["not theirs to see", "records away"])
async def test_who_may_not_see_the_person_gets_blanks_to_fill_in(stage: Stage, why: str) -> None:
    stage.peers.resume_down = True
    referral = await stage.sent()
    stage.peers.unseen.add((PUSKESMAS, PERSON))
    stage.peers.resume_down, stage.peers.records_down = False, why == "records away"
    answer = await fetch(stage, referral, RECEIVER)
    text = read(answer.content)[0][0]
    assert answer.status_code == 200
    assert "Siti Aminah" not in text and NIK not in text and "isi dengan tangan" in text


async def test_what_went_along_when_it_was_sent_is_printed_without_the_record(stage: Stage) -> None:
    referral = await stage.sent()
    stage.peers.unseen.add((PUSKESMAS, PERSON))
    stage.peers.records_down = True
    text = read((await fetch(stage, referral, RECEIVER)).content)[0][0]
    for said in ("SITI AMINAH", NIK, "1 Juli 1990", "Alergi", "Amoksisilin"):
        assert said in text, said


async def test_a_draft_has_no_letter_and_a_referral_without_its_way_back_no_back_letter(stage: Stage) -> None:
    draft = await stage.sent(draft=True)
    answer = await fetch(stage, draft)
    assert (answer.status_code, "draf" in answer.text) == (409, True)
    assert (await stage.http.get(f"/v1/referrals/letters/{await number(stage, draft)}")).status_code == 404
    sent = await stage.sent(diagnosis="I10")
    assert (await fetch(stage, sent, query="?form=back")).status_code == 409
    assert (await stage.http.get(f"/v1/referrals/letters/{await number(stage, sent)}-B")).status_code == 404
    assert (await fetch(stage, "tidak-ada")).status_code == 404


async def test_the_way_back_has_a_letter_of_its_own(stage: Stage) -> None:
    referral = await stage.sent()
    for verb in ("accept", "arrive", "treat"):
        await stage.take(referral, verb, RECEIVER)
    due = (stage.app.state.service.clock.today() + timedelta(days=14)).isoformat()
    done = await stage.take(referral, "refer-back", RECEIVER, {"advice": "Kontrol tekanan darah", "due": due})
    assert done.status_code == 200, done.text
    pages, codes = read((await fetch(stage, referral, query="?form=back")).content)
    text = " ".join(pages[0].split())
    for said in ("SURAT RUJUK BALIK", "Kontrol tekanan darah", "paling lambat", "Dirujuk balik", "Siti Aminah"):
        assert said in text, said
    assert text.index("Puskesmas Selatpanjang") < text.index("Praktik dr. Rahmat Hidayat")
    code = codes[0].partition("#")[2]
    letter = await check(stage, code)
    assert (letter["form"], letter["from_facility"], letter["to_facility"]) == ("back", PUSKESMAS, PRACTICE)
    assert (await check(stage, code.partition("-B-")[0]))["standing"] == "ended"
    for guess in ("B", "B-000000"):  # that it was referred back is not to be found out with the number alone
        answer = await stage.http.get(f"/v1/referrals/letters/{code.partition('-B-')[0]}-{guess}")
        assert answer.status_code == 404
    assert "hanya salinan" in read((await fetch(stage, referral)).content)[0][0]


async def test_a_lapsed_letter_says_so_everywhere(stage: Stage) -> None:
    referral = await stage.sent(payer="jkn", diagnosis="J45.9")
    shown = await stage.open(referral, SENDER)
    today = stage.app.state.service.clock.today()
    assert shown["valid_until"] == (today + timedelta(days=89)).isoformat() and not shown["lapsed"]
    assert (await check(stage, shown["number"]))["standing"] == "valid"
    await stage.rows("UPDATE referral SET valid_until = $2 WHERE id = $1", referral, today - timedelta(days=1))
    assert (await stage.open(referral, SENDER))["lapsed"]
    box = (await stage.http.get("/v1/referrals?box=outbox", headers=SENDER)).json()["items"]
    assert {i["id"]: i["lapsed"] for i in box}[referral]
    assert (await check(stage, shown["number"]))["standing"] == "lapsed"
    assert "MASA BERLAKU SURAT INI HABIS" in read((await fetch(stage, referral)).content)[0][0]


async def test_a_letter_knows_that_its_referral_went_elsewhere(stage: Stage) -> None:
    referral = await stage.sent(diagnosis="E11.9")
    code = await number(stage, referral)
    await stage.take(referral, "decline", RECEIVER, {"reason": "alat rusak"})
    assert (await check(stage, code))["standing"] == "unplaced"
    assert "tunggu surat dengan tujuan lain" in read((await fetch(stage, referral)).content)[0][0]
    sent_on = await stage.take(referral, "send", SENDER, {"to_facility": HOSPITAL})
    assert sent_on.status_code == 200, sent_on.text
    pages, (link,) = read((await fetch(stage, referral)).content)
    whole = link.partition("#")[2]
    assert re.fullmatch(rf"{code}-2-[0-9A-F]{{6}}", whole) and whole in pages[0]
    second = await check(stage, whole.lower().replace("-", "").replace(code.lower().replace("-", ""), f"{code}-"))
    assert (second["standing"], second["to_facility"], second["leg"]) == ("valid", HOSPITAL, 2)
    await stage.take(referral, "accept", token("hospital", HOSPITAL))
    for state in ("open", "closed"):
        for known in (code, f"{code}-1", code.lower().replace("-", "")):
            answer = await stage.http.get(f"/v1/referrals/letters/{known}")
            first = answer.json()
            assert (first["standing"], first["to_facility"], first["valid_until"]) == ("replaced", PUSKESMAS, None), (
                state
            )
            assert HOSPITAL not in answer.text and "RSUD" not in answer.text, "where it goes now is not told"
        await stage.take(referral, "cancel", SENDER, {"reason": "Keluarga menolak dirujuk"})
    for guess in ("2", "2-000000", "1-000000", "3", f"3-{whole[-6:]}", f"B-{whole[-6:]}", "B"):
        assert (await stage.http.get(f"/v1/referrals/letters/{code}-{guess}")).status_code == 404, guess


async def test_a_holder_learns_nothing_of_the_patient_but_match_or_no_match(stage: Stage) -> None:
    referral = await stage.sent(diagnosis="B20", reason="RAHASIA")
    code = await number(stage, referral)
    found = await check(stage, code)
    assert set(found) == {
        "number", "form", "leg", "standing", "from_facility", "from_name", "to_facility", "to_name", "written_on",
        "valid_until",
    }  # fmt: skip

    async def ask(**claim: str) -> httpx.Response:
        return await stage.http.post(f"/v1/referrals/letters/{code}/check", json=claim)

    assert (await ask(birth_date="1990-07-01")).json() == {"match": True}
    assert (await ask(birth_date="1990-07-02")).json() == {"match": False}
    assert (await ask(nik_end=NIK[-4:])).json() == {"match": True}
    assert (await ask(nik_end="9999")).json() == {"match": False}
    stage.peers.identity["born"] = None
    assert (await ask(birth_date="1990-07-01")).json() == {"match": None}
    for wrong in ({}, {"birth_date": "1990-07-01", "nik_end": "0001"}, {"nik_end": "12"}, {"birth_date": "x"}):
        assert (await ask(**wrong)).status_code == 422
    looks = [r for r in await stage.looks() if r["role"] == "public"][-5:]
    assert {(r["person_id"], r["what"], r["facility"]) for r in looks} == {(PERSON, "referral-letter", "umum")}


async def test_a_birth_date_cannot_be_guessed_however_many_ask(stage: Stage) -> None:
    code = await number(stage, await stage.sent(diagnosis="A15.0"))

    async def guess(day: int) -> int:
        origin = {"x-forwarded-for": f"10.0.0.{day}", "x-peer-key": "kunci-peer-uji"}
        claim = {"birth_date": f"1980-01-{day:02}"}
        answer = await stage.http.post(f"/v1/referrals/letters/{code}/check", json=claim, headers=origin)
        return answer.status_code

    right = {"birth_date": "1990-07-01"}
    told = [await stage.http.post(f"/v1/referrals/letters/{code}/check", json=right) for _ in range(TRIES + 2)]
    assert [a.json() for a in told] == [{"match": True}] * (TRIES + 2)  # who knows it is not stopped
    assert [await guess(d) for d in range(1, TRIES + 4)] == [200] * TRIES + [429] * 3
    blocked = await stage.http.post(f"/v1/referrals/letters/{code}/check", json={"birth_date": "1990-07-01"})
    assert (blocked.status_code, "match" in blocked.json()) == (429, False)
    assert int(blocked.headers["retry-after"]) > 3600
    assert (await check(stage, code))["standing"] == "valid"


async def test_who_tries_numbers_that_are_none_must_wait(stage: Stage) -> None:
    known = await number(stage, await stage.sent(diagnosis="N39.0"))
    tried = [(await stage.http.get(f"/v1/referrals/letters/0000-0000-{n:04}")).status_code for n in range(12)]
    assert tried == [404] * 10 + [429] * 2
    assert (await stage.http.get(f"/v1/referrals/letters/{known}")).status_code == 429
    elsewhere = {"x-forwarded-for": "10.9.9.9", "x-peer-key": "kunci-peer-uji"}
    assert (await stage.http.get(f"/v1/referrals/letters/{known}", headers=elsewhere)).status_code == 200


@pytest.mark.parametrize("code", ["x", "ABCD-EF01-234G", "ABCD-EF01-2345-", "ABCD-EF01-2345-1000", "%00"])
async def test_no_number_is_our_fault(stage: Stage, code: str) -> None:
    assert (await stage.http.get(f"/v1/referrals/letters/{code}")).status_code in (400, 422)
