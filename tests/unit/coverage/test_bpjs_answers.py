"""What an answer means: statements, refusals, failures - and never one for another."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coverage.bpjs.answers import day, failure, member, number, reply, without_envelope
from services.coverage.bpjs.crypto import Key
from services.coverage.bpjs.envelope import Envelope
from services.coverage.bpjs.listing import Listed, listed
from services.coverage.bpjs.outcomes import Because, Member, NotFound, Refused, Said, Unavailable

NIK, CARD = "1410014107900001", "0001112223334"
PESERTA: dict[str, Any] = {
    "noKartu": CARD, "nama": "CONTOH", "tglMulaiAktif": "12-11-2014", "tglAkhirBerlaku": "01-01-2050",
    "kdProviderPst": {"kdProvider": "0101U001", "nmProvider": "PUSKESMAS"},
    "jnsKelas": {"nama": "KELAS III", "kode": "3"},
    "jnsPeserta": {"nama": "PBI (APBD)", "kode": "22"}, "noKTP": NIK, "aktif": True, "ketAktif": "AKTIF",
}  # fmt: skip


def envelope(response: Any, code: int = 200, message: str = "OK") -> Envelope:
    return Envelope(code, message, response)


def said(response: Any, code: int = 200) -> Said:
    return Said(code, response)


def test_a_member_is_read_whole() -> None:
    found = member(said(PESERTA), NIK, None)
    assert found == Member(
        active=True, status_text="AKTIF", since=date(2014, 11, 12), until=date(2050, 1, 1), class_code="3",
        class_name="KELAS III", payer_code="22", payer_name="PBI (APBD)", provider_code="0101U001",
        provider_name="PUSKESMAS", nik=NIK, card=CARD,
    )  # fmt: skip
    assert NIK not in repr(found) and CARD not in repr(found)


def test_inactive_is_what_bpjs_calls_inactive() -> None:
    found = member(said(PESERTA | {"aktif": False, "ketAktif": "PENANGGUHAN PEMBAYARAN"}), NIK, None)
    assert isinstance(found, Member)
    assert (found.active, found.status_text) == (False, "PENANGGUHAN PEMBAYARAN")


@pytest.mark.parametrize("aktif", [None, "true", 1, 0, "AKTIF", ""])
def test_without_a_clear_aktif_nothing_is_stated(aktif: Any) -> None:
    assert member(said(PESERTA | {"aktif": aktif}), NIK, None) == Unavailable(Because.UNREADABLE)


def test_missing_parts_do_not_hide_the_member() -> None:
    bare = {"aktif": True, "kdProviderPst": None, "jnsKelas": {"kode": "null"}, "tglMulaiAktif": "00-00-0000"}
    found = member(said(bare), NIK, None)
    assert isinstance(found, Member)
    assert (found.provider_code, found.class_code, found.since) == (None, None, None)


def test_an_answer_about_someone_else_is_none() -> None:
    assert member(said(PESERTA), "1410014107900002", None) == Unavailable(Because.MISMATCH, again=False)
    assert member(said(PESERTA), None, "0001112223335") == Unavailable(Because.MISMATCH, again=False)


@pytest.mark.parametrize("nothing", [None, "", []])
def test_no_data_means_no_such_member(nothing: Any) -> None:
    assert member(said(nothing, 404), NIK, None) == NotFound()


@pytest.mark.parametrize("closed", ["bm90IG9wZW5lZA==", "teks", {}, {"peserta": None}, 7])
def test_what_cannot_be_read_states_nothing(closed: Any) -> None:
    assert member(said(closed), NIK, None) == Unavailable(Because.UNREADABLE)


@pytest.mark.parametrize(
    ("code", "message", "because"),
    [
        (401, "Signature Service Tidak Sesuai", Because.SIGNATURE),
        (201, "signature service tidak sesuai", Because.SIGNATURE),
        (404, "Unauthorized! You are not registered for this service!", Because.ENTITLEMENT),
        (401, "Unauthorized! Consumer ID is expired!", Because.CONSUMER_EXPIRED),
        (401, "Username atau password salah", Because.CREDENTIALS),
        (403, "Forbidden", Because.CREDENTIALS),
        (412, "PRECONDITION_FAILED", Because.RULE),
        (400, "StartIndex cannot be less than zero", Because.RULE),
        (500, "noKartu Tidak sesuai dengan referensi sistem.", Because.RULE),
    ],
)
def test_refusals(code: int, message: str, because: Because) -> None:
    found = failure(envelope(None, code, message), clock_differs=False)
    assert isinstance(found, Refused)
    assert (found.because, found.message, found.code) == (because, message, code)


def test_a_refused_signature_with_a_differing_clock_is_blamed_on_the_clock() -> None:
    found = failure(envelope(None, 401, "Signature Service Tidak Sesuai"), True)
    assert isinstance(found, Refused) and found.because is Because.CLOCK


def test_a_refusal_names_its_fields_not_their_values() -> None:
    wrong = [{"field": "noka", "message": f"{CARD} tidak sesuai"}]
    found = failure(envelope(wrong, 412, "PRECONDITION_FAILED"), False)
    assert isinstance(found, Refused)
    assert found.names == ("noka",)
    assert found.fields == (("noka", f"{CARD} tidak sesuai"),)
    assert CARD not in repr(found)


@pytest.mark.parametrize(
    ("code", "message", "because", "again"),
    [
        (500, "Internal Server Error", Because.SERVER, True),
        (503, "", Because.SERVER, True),
        (408, "Request Timeout", Because.TIMEOUT, True),
        (429, "Rate limit quota violation", Because.RATE_LIMIT, False),
        (302, "", Because.SERVER, True),
    ],
)
def test_failures(code: int, message: str, because: Because, again: bool) -> None:
    assert failure(envelope(None, code, message), False) == Unavailable(because, again, code=code)


@pytest.mark.parametrize("code", [200, 201, 204, 404])
def test_what_went_through(code: int) -> None:
    assert failure(envelope(None, code, "OK"), clock_differs=True) is None


@pytest.mark.parametrize(
    ("status", "body", "because"),
    [
        (500, b"<html>", Because.NOT_JSON), (200, b"<html>", Because.NOT_JSON), (200, b"", Because.EMPTY),
        (204, b"", Because.EMPTY), (200, b" \n", Because.EMPTY), (504, b"<html>", Because.TIMEOUT),
        (408, b"", Because.TIMEOUT), (429, b"{}", Because.RATE_LIMIT),
    ],
)  # fmt: skip
def test_without_an_envelope_nothing_is_stated(status: int, body: bytes, because: Because) -> None:
    found = without_envelope(status, body)
    assert isinstance(found, Unavailable)
    assert (found.because, found.code) == (because, status)


@pytest.mark.parametrize(
    ("code", "message", "fields"),
    [
        (500, "kdPoli Tidak sesuai dengan referensi sistem.", (("kdPoli", "Tidak sesuai dengan referensi sistem."),)),
        (400, "tglDaftar tidak boleh di masa depan", (("tglDaftar", "tidak boleh di masa depan"),)),
        (400, "StartIndex cannot be less than zero", ()),
        (500, "Belum melakukan pendaftaran pada poli tersebut.", ()),
    ],
)
def test_a_refusal_in_words_names_the_field_it_begins_with(code: int, message: str, fields: Any) -> None:
    found = failure(envelope(None, code, message), False)
    assert isinstance(found, Refused)
    assert (found.because, found.fields) == (Because.RULE, fields)


def test_a_plain_412_list_without_an_envelope_is_a_refusal() -> None:
    found = without_envelope(412, b'[{"field":"kdPoli","message":"Tidak sesuai dengan referensi sistem."}]')
    assert isinstance(found, Refused)
    assert (found.because, found.names, found.code) == (Because.RULE, ("kdPoli",), 412)
    assert without_envelope(412, b"<html>") == Unavailable(Because.NOT_JSON, code=412)


def test_a_server_that_cannot_be_reached_behind_bpjs_is_no_refusal() -> None:
    assert isinstance(failure(envelope(None, 500, "Tidak dapat terhubung ke server"), False), Unavailable)


@pytest.mark.parametrize(
    "message", ["Layanan belum siap", "Server sudah penuh, coba lagi", "Service harus dimuat ulang"]
)
def test_what_bpjs_says_of_itself_is_no_refusal(message: str) -> None:
    assert isinstance(failure(envelope(None, 500, message), False), Unavailable)


@pytest.mark.parametrize(("count", "total"), [(250, 250), ("250", 250), (None, 1), ("banyak", 1), (True, 1)])
def test_a_count_is_a_number_or_its_text(count: Any, total: int) -> None:
    assert listed(said({"count": count, "list": [{}]})) == Listed([{}], total)


def test_201_means_created_in_pcare_and_nothing_elsewhere() -> None:
    made = {"field": "noUrut", "message": "A1"}
    assert reply(envelope(made, 201), False, asking=False, created_201=True) == Said(201, made, "OK")
    assert reply(envelope(None, 201, "null"), False, asking=False, created_201=True) == Said(201, None, "null")
    nothing = reply(envelope(None, 201, "Data tidak ditemukan"), False, asking=True, created_201=False)
    assert isinstance(nothing, Refused)
    assert (nothing.because, nothing.message) == (Because.NO_DATA, "Data tidak ditemukan")


def test_404_states_nothing_is_there_only_to_who_asked() -> None:
    gone = envelope(None, 404, "Data tidak ditemukan")
    assert isinstance(reply(gone, False, asking=True, created_201=True), Said)
    refused = reply(gone, False, asking=False, created_201=True)
    assert isinstance(refused, Refused) and refused.because is Because.RULE


def test_what_stays_sealed_is_unreadable_and_a_plain_text_is_not() -> None:
    sealed = Key.of("a", "b", "1").seal("null")
    assert reply(envelope(sealed), False, asking=False, created_201=True) == Unavailable(Because.UNREADABLE, code=200)
    for plain in ("0301R0011117V000007", "terhapus", "A" * 20):
        assert reply(envelope(plain), False, asking=False, created_201=True) == Said(200, plain, "OK")


@pytest.mark.parametrize("name", ["noUrut", "nourut"])
@pytest.mark.parametrize("made", [{"field": "noUrut", "message": "A1"}, [{"field": "noUrut", "message": "A1"}]])
def test_the_number_given_is_found_in_an_object_and_in_a_list(made: Any, name: str) -> None:
    assert number(said(made, 201), name) == "A1"
    assert number(said(None, 201), name) is None


@given(st.integers(100, 599), st.text(max_size=60))
def test_only_a_code_that_went_through_can_state_something(code: int, message: str) -> None:
    """The law: an outage or refusal never becomes "not a member"."""
    assert failure(envelope(None, code, message), False) is not None or code in (200, 201, 204, 404)


@pytest.mark.parametrize("text", ["2014-11-12", "31-02-2014", "", None, "12-11-14x", 0])
def test_a_wrong_date_is_no_date(text: Any) -> None:
    assert day(text) is None
