"""Tables of visits: what Excel does to cells, headings and files, and what is refused."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from services.kernel.problems import Invalid, TooLarge, Unprocessable
from services.kernel.sheets import to_csv
from services.records.sheets import reading, writing
from services.records.sheets.columns import BadCell, Column, plain, read
from services.records.sheets.templates import PTM, TEMPLATES, Template, heading_of, to_visit
from services.records.visit.contract import Visit

DAY, NIK, NUMBER = Column("a", "at", "day"), Column("a", "patient.nik", "nik"), Column("a", "x", "number")


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        (DAY, "05/03/2026", "2026-03-05"),
        (DAY, "5-3-2026", "2026-03-05"),
        (DAY, "2026-03-05", "2026-03-05"),
        (DAY, 46086, "2026-03-05"),
        (DAY, "46086", "2026-03-05"),
        (DAY, date(2026, 3, 5), "2026-03-05"),
        (DAY, datetime(2026, 3, 5, 0, 0), "2026-03-05"),
        (NIK, "'1410014107900001", "1410014107900001"),
        (NIK, " 1410 0141 0790 0001 ", "1410014107900001"),
        (NUMBER, "58,4", 58.4),
        (NUMBER, "58.4", 58.4),
        (NUMBER, 58.4, 58.4),
        (Column("a", "x", "yes"), "Ya", True),
        (Column("a", "x", "yes"), "tidak", False),
        (Column("a", "x", "yes"), True, True),
        (Column("a", "x", "choice", choices={"2 jam": "2jam"}), "2 Jam", "2jam"),
        (Column("a", "x", "several", choices={"OPV2": "OPV2", "PCV1": "PCV1"}), "opv2, PCV1", ["OPV2", "PCV1"]),
        (Column("a", "x", "several", choices={"a": "a"}), "nihil", []),
    ],
)
def test_cells_as_excel_leaves_them(column: Column, cell: Any, value: Any) -> None:
    assert read(column, cell) == value


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        (NIK, 1410014107900000.0, "sebagai angka"),
        (NIK, "1,41001E+15", "sebagai angka"),
        (NIK, "141001410790001", "tepat 16 angka"),
        (DAY, "31/02/2026", "kalender"),
        (DAY, "03/25/2026", "kalender"),
        (DAY, "5/3/26", "kalender"),
        (DAY, "1950", "kalender"),
        (DAY, 1950, "kalender"),
        (NUMBER, "58 kg", "bilangan"),
        (NUMBER, "1.058,4", "bilangan"),
        (NUMBER, date(2026, 5, 4), "tanggal"),
        (Column("a", "x", "whole"), 1.5, "bulat"),
        (Column("a", "x", "text"), '=HYPERLINK("http://x")', "rumus"),
        (Column("a", "x", "phone"), 81234567890.0, "nol di depannya"),
        (Column("a", "x", "choice", choices={"L": "L", "P": "P"}), "W", "salah satu dari: L, P"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_what_is_right(column: Column, cell: Any, said: str) -> None:
    with pytest.raises(BadCell) as refused:
        read(column, cell)
    assert said in refused.value.text.id


def test_every_template_reads_back_its_own_example_as_a_visit() -> None:
    for template in TEMPLATES.values():
        headings = [c.heading for c in template.columns]
        assert len({plain(h) for h in headings}) == len(headings), template.name
        cells = {c.heading: c.example for c in template.columns if c.example}
        body, bad = to_visit(template, cells)
        assert not bad, (template.name, [(h, e.text.id) for h, e in bad])
        Visit.model_validate(body)
        for kind in (writing.csv_template, writing.xlsx_template):
            assert reading.rows(kind(template), template) == [], "an example row is never taken for a real one"


def test_every_column_fills_a_word_that_exists() -> None:
    values = {
        "text": "6/6", "nik": "1410014107900001", "kk": "1410011203150007", "jkn": "0577535571856", "day": "05/03/2026",
        "village": "1410011001", "phone": "081234567890", "number": "12", "whole": "2", "yes": "ya",
        "words": "hipertensi",
    }  # fmt: skip
    odd = {"Tanggal lahir": "01/01/1990", "RT": "2", "RW": "1", "Nama": "A", "Nomor": "7", "HPHT": "05/01/2026",
           "Diastolik (mmHg)": "70", "Sistolik (mmHg)": "120", "Tinggi badan (cm)": "150", "DJJ (per menit)": "140",
           "Gula darah (mg/dL)": "100", "Kolesterol (mg/dL)": "180", "Lingkar perut (cm)": "80",
           "Panjang badan (cm)": "60", "Lingkar kepala (cm)": "40"}  # fmt: skip
    for template in TEMPLATES.values():
        cells = {
            c.heading: odd.get(c.heading) or (next(iter(c.choices)) if c.choices else values[c.kind])
            for c in template.columns
            if c.heading not in ("NIK ibu", "Urutan lahir")
        } | {"Jenis kelamin": "P"}
        body, bad = to_visit(template, cells)
        assert not bad, (template.name, [(h, e.text.id) for h, e in bad])
        Visit.model_validate(body)


def table(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(lines).encode(encoding)


HEAD = "Tanggal{0}NIK{0}Nama{0}Tanggal lahir{0}Jenis kelamin{0}Berat badan (kg)"
ROW = "05/03/2026{0}1410014107900001{0}Siti{0}01/07/1990{0}P{0}58,4"


@pytest.mark.parametrize(
    "raw",
    [
        table(HEAD.format(";"), ROW.format(";")),
        table(HEAD.format(";"), ROW.format(";"), encoding="utf-8-sig"),
        table(HEAD.format("\t"), ROW.format("\t"), encoding="utf-16"),
        table(HEAD.format(","), ROW.format(",").replace("58,4", '"58,4"')),
        table("sep=;", HEAD.format(";"), ROW.format(";")),
        table("POSYANDU MELATI;;;;;", "", HEAD.format(";").upper(), ";;;;;", ROW.format(";")),
    ],
)
def test_csv_of_any_excel(raw: bytes) -> None:
    (row,) = reading.rows(raw, PTM)
    body, bad = to_visit(PTM, row.cells)
    assert not bad
    assert body["measurements"] == {"weight_kg": 58.4}
    assert body["at"] == "2026-03-05T08:00:00+07:00"


def workbook(*lines: list[Any]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("Isian")
        for n, line in enumerate(lines):
            for m, cell in enumerate(line):
                sheet.write(n, m, cell)
    return out.getvalue()


def test_a_workbook_with_dates_numbers_and_a_destroyed_nik() -> None:
    head = HEAD.format(";").split(";")
    good = [date(2026, 3, 5), "1410014107900001", "Siti", date(1990, 7, 1), "P", 58.4]
    broken = [46086, 1410014107900001, "Budi", "01/07/1990", "L", "60"]
    first, second = reading.rows(workbook(head, good, broken), PTM)
    assert to_visit(PTM, first.cells)[0]["patient"]["birth_date"] == "1990-07-01"
    body, bad = to_visit(PTM, second.cells)
    assert [h for h, _ in bad] == ["NIK"]
    assert body["at"].startswith("2026-03-05")
    assert (first.line, second.line) == (2, 3)


def test_headings_that_do_not_fit_are_named() -> None:
    with pytest.raises(Unprocessable) as refused:
        reading.rows(table("Tanggal;NIK;Nama;Tensi;Nama", "1;2;3;4;5"), PTM)
    named = {f.pointer: f.code for f in refused.value.faults}
    assert named == {
        "/Tensi": "unknown-heading", "/Nama": "duplicate", "/Tanggal lahir": "required", "/Jenis kelamin": "required"
    }  # fmt: skip
    with pytest.raises(Unprocessable, match="unprocessable"):
        reading.rows(b"halo", PTM)


def test_bombs_and_other_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    with pytest.raises(TooLarge):
        reading.rows(bomb.getvalue(), PTM)
    for raw in (b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old", b"a\0b;c;d"):
        with pytest.raises(Invalid):
            reading.rows(raw, PTM)
    monkeypatch.setattr(reading, "MOST_ROWS", 5)
    with pytest.raises(TooLarge):
        reading.rows(table(HEAD.format(";"), *[ROW.format(";")] * 20), PTM)
    with pytest.raises(TooLarge):
        reading.rows(workbook(HEAD.split("{0}"), *[["x"]] * 20), PTM)


def test_what_we_write_runs_no_formula() -> None:
    text = to_csv([["=1+1", "+62", "-", "@x", "biasa", None, 3]]).decode("utf-8-sig")
    assert text == "'=1+1;'+62;'-;'@x;biasa;;3\r\n"


def test_the_workbook_has_lists_an_example_and_instructions() -> None:
    for template in TEMPLATES.values():
        raw = writing.xlsx_template(template)
        assert CalamineWorkbook.from_filelike(io.BytesIO(raw)).sheet_names == ["Isian", "Contoh", "Petunjuk"]
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<dataValidation " in sheet
        assert '"L,P"' in sheet


def test_a_fault_of_the_visit_finds_its_column() -> None:
    for template, pointer, heading in (
        (PTM, "/patient/nik", "NIK"),
        (PTM, "/measurements/systolic", "Sistolik (mmHg)"),
        (PTM, "/diagnoses/0/name", "Diagnosis"),
        (TEMPLATES["imunisasi"], "/vaccines/0/date", "HB0"),
    ):
        assert isinstance(template, Template)
        assert heading_of(template, pointer) == heading
