"""A sheet comes out whatever was written on it, and as it was written."""

import pypdfium2
import pytest

from services.referrals.rules.letters import age
from services.referrals.rules.paper import Block, Sheet, Size, pdf
from tests.unit.referrals.test_validity import DAY, date


def text_of(said: str, size: Size) -> str:
    sheet = Sheet(
        said[:200], [said[:200]], "SURAT", [("Nomor", said[:300])], said[:300], [Block("Isi", [("Teks", said)])],
        said[:300], [said[:60]], [said[:60]], "http://127.0.0.1/x", [said[:60]], "kaki", said[:80],
    )  # fmt: skip
    document = pypdfium2.PdfDocument(pdf(sheet, size))
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.mark.parametrize("size", list(Size))
@pytest.mark.parametrize(
    "said",
    ["", "<" * 1500, "W" * 4000, "a\u00ad" * 2000, "\n" * 4000, "a\n" * 1000, "\u202eabc\u0000\u2028",
     "李明 \U0001f600", "<para><img src='file:///etc/hostname'/></para>", "&lt;b&gt;"],
)  # fmt: skip
def test_any_words_come_out(said: str, size: Size) -> None:
    text = "".join(text_of(said, size).split())
    assert "halaman" in text
    if said.startswith(("&", "<para")):
        assert said.replace(" ", "") in text


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2026, 11, 22), "0 hari"), (date(2026, 11, 1), "21 hari"), (date(2026, 10, 22), "1 bulan"),
        (date(2025, 11, 23), "11 bulan"), (date(2024, 9, 1), "2 tahun 2 bulan"), (date(2024, 11, 22), "2 tahun"),
        (date(1990, 11, 23), "35 tahun"), (date(1990, 11, 22), "36 tahun"),
    ],
)  # fmt: skip
def test_ages_are_told_as_they_are_in_a_clinic(born: date, words: str) -> None:
    assert age(born, DAY) == words
