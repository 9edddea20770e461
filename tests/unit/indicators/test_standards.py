"""The data files: ours are sound, a broken one is named by file, line and field; small decisions about numbers."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from services.indicators.compiler import loading, schema
from services.indicators.compiler.statements import Compiled, Scope
from services.indicators.queries.standings import increment
from services.indicators.reading import concepts
from services.indicators.reading.concepts import HERE
from services.indicators.reading.faults import BadFile
from services.indicators.rules.cells import DISTRICT, Cell, Place, cells, official, percent, summed
from services.kernel.db import CACHEABLE

CONCEPTS = concepts.load().names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the standards, to be broken."""
    return Path(shutil.copytree(HERE, tmp_path / "standards"))


def broken(folder: Path, file: str, old: str, new: str) -> list[str]:
    """The faults that a change of one file gives, as file:line field."""
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BadFile) as found:
        loading.load(concepts.load(folder).names, [folder])
    return [f"{f.file}:{f.line} {f.field}" for f in found.value.faults]


def line_of(folder: Path, file: str, text: str) -> int:
    return (folder / file).read_text()[: (folder / file).read_text().index(text)].count("\n") + 1


ITEMS = {
    "spm-01.permenkes-6-2024": "contact_t1 contact_t2 contact_t3 usg_t1 usg_t3 weight height bp muac fundal_height "
    "fetal_heart_rate td iron hemoglobin blood_group urine_protein hiv_test syphilis_test hbsag_test education",
    "spm-02.permenkes-6-2024": "facility attendants",
    "spm-03.permenkes-6-2024": "kn1 kn2 kn3 hb0 vitamin_k eye_ointment early_care",
    "spm-04.permenkes-6-2024": "weight height development vitamin_a idl booster",
    "spm-05.permenkes-6-2024": "weight height bp vision hearing",
    "spm-06.permenkes-6-2024": "weight height waist bp glucose risk_behaviour",
    "spm-07.permenkes-6-2024": "bp glucose cholesterol independence cognition mood",
    "spm-08.permenkes-6-2024": "bp education",
    "spm-09.permenkes-6-2024": "glucose education",
    "spm-10.permenkes-6-2024": "mental_status_exam education",
    "spm-11.permenkes-6-2024": "tb_test education",
    "spm-12.permenkes-6-2024": "hiv_test education",
    "pip-4.fasyankes": "facility",
    "pip-2-2023.idl-2023": "hb0 bcg opv dpt mr ipv pcv rotavirus",
}
"""As the rule text names them."""
SPM04, SPM06 = "spm-04.permenkes-6-2024.toml", "spm-06.permenkes-6-2024.toml"
SPM02, SPM03 = "spm-02.permenkes-6-2024.toml", "spm-03.permenkes-6-2024.toml"
SPM12, PIP2_2023 = "spm-12.permenkes-6-2024.toml", "pip-2-2023.idl-2023.toml"
SPM01, SPM08, PIP2 = "spm-01.permenkes-6-2024.toml", "spm-08.permenkes-6-2024.toml", "pip-2.idl-classic.toml"


def test_ours_are_sound() -> None:
    found = {s.key: s for s in loading.load(CONCEPTS)}
    ours = {f"spm-{n:02}.permenkes-6-2024" for n in range(1, 13)}
    beside = {"spm-01.permenkes-4-2019", "pip-2.idl-classic", "pip-2-2023.idl-2023", "pip-4.fasyankes"}
    assert ours | beside <= {k for k, s in found.items() if s.active}
    for key, names in ITEMS.items():
        named = dict.fromkeys(i.part_of or i.name for i in found[key].items)
        assert " ".join(named) == names, key
    older = {i.name: i.need for i in found["spm-01.permenkes-4-2019"].items if i.name.startswith("contact")}
    assert older == {"contact_t1": 1, "contact_t2": 1, "contact_t3": 2}
    assert found["spm-01.permenkes-6-2024"].in_force(2026) and not found["spm-01.permenkes-4-2019"].in_force(2025)


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        (SPM01, 'any_of = ["muac"]', 'any_of = ["lila"]', "item.8.any_of"),
        (SPM01, "until_day = 174", "until_day = 90", "item.1.until_day"),
        (SPM01, "\ndays = 3", '\ndays = "tiga"', "item.2.days"),
        (SPM01, "total = 90", "total = 90\ndays = 2", "item.12.days"),
        (SPM01, "same_within_days = 60", "same_within = 60", "population.same_within"),
        (SPM01, 'loss = "pregnancy_loss"', 'loss = "sedih"', "population.loss"),
        (SPM01, 'unit = "pregnancy"', 'unit = "family"', "population"),
        (SPM01, 'name = "muac"', 'name = "weight"', "item.8.name"),
        (SPM01, "valid_from = 2025-01-01", "valid_from = 2025-13-01", "-"),
        (SPM01, 'id = "spm-01"', 'id = "spm-02"', "id"),
        (SPM08, 'every = "month"', 'every = "week"', "item.0.every"),
        (SPM08, 'months = "since-diagnosis"\n', "", "item.0.months"),
        (SPM08, 'open_condition = "hypertension"\n', "", "item.0.every"),
        (PIP2, "doses = 4\napart_days = 24", "doses = 4", "item.2.apart_days"),
        (SPM01, "days = 3\nfrom_day = 175", "days = 3\nfrom_day = 307", "item.2.days"),
        (
            SPM01,
            'any_of = ["ultrasound_pregnancy"]\nfrom_day = 175',
            'any_of = ["weight"]\nfrom_day = 309',
            "item.4.from_day",
        ),
        (SPM01, 'any_of = ["muac"]', 'any_of = ["muac"]\nuntil_day = -1', "item.8.until_day"),
        (SPM01, "valid_from = 2025-01-01", "valid_from = 2025-01-01\nvalid_until = 2024-12-31", "valid_until"),
        (SPM04, "from_age_months = 12", "from_age_months = 60", "population.until_age_months"),
        (SPM04, "from_age_months = 12", "from_age_months = 12\nfrom_age_years = 1", "population.from_age_months"),
        (SPM04, "apart_days = 30", "apart_days = 366", "item.3.apart_days"),
        (SPM04, "from_age_months = 24 }", "from_age_months = 60 }", "item.12.when"),
        (SPM04, 'part_of = "idl"', 'part_of = "booster_mr"', "item.4.part_of"),
        (SPM06, "until_age_months = 611", "until_age_months = 100", "item.6.when"),
        (SPM08, "valid_from", "first_month = 7\nvalid_from", "item.0.every"),
        (
            SPM08,
            'open_condition = "hypertension"',
            'open_condition = "hypertension"\nany_of = ["weight"]',
            "population.open_condition",
        ),
        (SPM12, '"sti"', '"ims"', "population.any_of"),
        (SPM12, 'units_of = "spm-01"', 'units_of = "spm-13"', "population.units_of"),
        (SPM12, 'units_of = "spm-01"', 'units = "spm-01"', "population.units"),
        (PIP2_2023, 'beside = "pip-2"', 'beside = "pip-9"', "beside"),
        (PIP2, 'en = "BCG"', 'eng = "BCG"', "item.1.label.en"),
        (SPM02, 'delivery = "delivery"\n', "", "population.delivery"),
        (SPM02, 'unsaid = "delivery_place"\n', "", "item.0.unsaid"),
        (SPM02, "resources = 2", "days = 2", "item.1.among"),
        (SPM02, "resources = 2", "resources = 2\nuntil_day = 2", "item.1.until_day"),
        (SPM02, 'among = ["delivery_attendant:doctor"', 'among = ["delivery_attendant:shaman"', "item.1.among"),
        (SPM03, "until_day = 28", "until_day = 7", "item.2.until_day"),
        (SPM01, "total = 90", "total = 90\nfrom_hour = 6", "item.12.from_hour"),
        (SPM01, "total = 90", 'total = 90\nunsaid = "lmp"\nprovider_types = ["102"]', "item.12.provider_types"),
    ],
)
def test_a_broken_standard_is_named_by_line_and_field(folder: Path, file: str, old: str, new: str, field: str) -> None:
    named = broken(folder, file, old, new)
    at = next(n for n in named if n.endswith(f" {field}"))
    number = int(at.removeprefix(f"{file}:").split()[0])
    lines = (folder / file).read_text().splitlines()
    last = field.rpartition(".")[2]
    told = lines[number - 1]
    assert last in told or told.startswith(("[[item]]", "[population]", "valid_from")), (at, told)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("weight\tObservation\tcode\tloinc", "weight\tObservation\tcode\tloink", "system"),
        ("weight\tObservation\tcode\tloinc\t29463-7\tkg", "weight\tObservation\tcode\tloinc\t29463-7\tpon", "unit"),
        ("weight\tObservation\tcode", "weight\tObservation\tkode", "element"),
        ("weight\tObservation\tcode\tloinc\t29463-7", "weight\tObservation\tcode\tloinc\t", "code"),
        ("VG89\t\tvaccine_ipv", "VG89\t\tvaccine_xyz", "unless"),
    ],
)
def test_a_broken_coding_is_named_by_line(folder: Path, old: str, new: str, field: str) -> None:
    line = line_of(folder, "concepts.tsv", old)
    assert broken(folder, "concepts.tsv", old, new) == [f"concepts.tsv:{line} {field}"]


def test_standards_that_lead_back_to_themselves_are_refused(folder: Path) -> None:
    """A of B of A, A of A, beside one another: told in every file, with the way round."""
    eleven, ten = "spm-11.permenkes-6-2024.toml", "spm-10.permenkes-6-2024.toml"
    (folder / eleven).write_text((folder / eleven).read_text().replace("alive =", 'units_of = "spm-12"\nalive ='))
    (folder / ten).write_text((folder / ten).read_text().replace("valid_from", 'beside = "pip-2"\nvalid_from'))
    (folder / PIP2).write_text((folder / PIP2).read_text().replace("valid_from", 'beside = "spm-10"\nvalid_from'))
    named = broken(folder, SPM12, 'units_of = "spm-01"', 'units_of = "spm-11"')
    assert sorted(n.split(":")[0] + n[n.index(" ") :] for n in named) == [
        "pip-2-2023.idl-2023.toml beside", f"{PIP2} beside", f"{ten} beside", f"{eleven} population.units_of",
        f"{SPM12} population.units_of",
    ]  # fmt: skip
    with pytest.raises(BadFile) as found:
        loading.load(CONCEPTS, [folder])
    way = "spm-12.permenkes-6-2024 → spm-11.permenkes-6-2024 → spm-12.permenkes-6-2024"
    assert any(way in f.text.id and f.line == line_of(folder, SPM12, "units_of") for f in found.value.faults)


def test_every_fault_is_told_at_once_and_in_both_languages(folder: Path) -> None:
    path = folder / SPM01
    path.write_text(path.read_text().replace('["muac"]', '["lila"]').replace('["weight"]', '["berat"]'))
    with pytest.raises(BadFile) as found:
        loading.load(CONCEPTS, [folder])
    assert [f.field for f in found.value.faults] == ["item.5.any_of", "item.8.any_of"]
    assert "tidak ada dalam concepts.tsv / the concept lila is not in concepts.tsv" in str(found.value)


def test_an_office_replaces_a_file_of_the_same_name(tmp_path: Path) -> None:
    text = (HERE / SPM01).read_text().replace("total = 90", "total = 180")
    (tmp_path / SPM01).write_text(text)
    found = {s.key: s for s in loading.load(CONCEPTS, [HERE, tmp_path])}
    assert next(i.total for i in found["spm-01.permenkes-6-2024"].items if i.name == "iron") == 180
    assert "spm-08.permenkes-6-2024" in found


@pytest.mark.parametrize("standard", loading.load(CONCEPTS), ids=lambda s: s.key)
def test_statements_stay_small_enough_to_be_kept_prepared(standard: schema.Standard) -> None:
    compiled = Compiled(standard, range(0, 80, 5))
    some = compiled.result(Scope.PERSONS)
    for sql in (increment(compiled), some + compiled.detail(), some + compiled.lacking(), compiled.result(Scope.ALL)):
        assert len(sql) < CACHEABLE


def test_percentages_and_cells() -> None:
    assert percent(1, 3) == 33.33 and percent(3, 2) == 150.0 and percent(0, 0) is None
    found = cells(
        [("a", -1, None, 2), ("a", 0, None, 1), ("a", 3, None, 4), ("a", None, "iron", 2), ("b", 12, None, 1)]
    )
    assert (found["a"].eligible, found["a"].served, found["a"].by_month[:4]) == (7, 5, [1, 0, 0, 4])
    whole = summed(found.values())
    assert (whole.eligible, whole.served, whole.missing) == (8, 6, {"iron": 2}) and Cell().eligible == 0


def test_official_targets_roll_up() -> None:
    places = [
        Place("v1", "V1", "k1", "p1"),
        Place("v2", "V2", "k1", "p1"),
        Place("v3", "V3", "k2", "p2"),
        Place("v4", "V4", "k2", None),
    ]
    goals = {
        v: {"value": n, "source": "s", "version": "1"}
        for v, n in (("v1", 10), ("v2", 20), ("v3", 5), ("v4", 1), ("p2", 50))
    }

    def value(by: str) -> dict[str, int]:
        return {k: t["value"] for k, t in official(goals, places, by).items()}

    assert value("village") == {"v1": 10, "v2": 20, "v3": 5, "v4": 1, DISTRICT: 81}
    assert value("puskesmas") == {"p1": 30, "p2": 50, "": 1, DISTRICT: 81}
    assert value("kecamatan") == {"k1": 30, "k2": 6, DISTRICT: 81}


def test_dates_are_dates() -> None:
    assert all(isinstance(s.valid_from, date) for s in loading.load(CONCEPTS))
