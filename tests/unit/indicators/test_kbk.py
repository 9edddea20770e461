"""KBK's rules: ratings at their edges, bands, what is controlled, the forecast's arithmetic, the digit test with its
stated false alarms, capitation to the rupiah."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from services.indicators.reading import concepts
from services.indicators.rules import kbk, kbk_money, kbk_signs, policies, uhc
from services.indicators.rules.kbk import Month, Share

FILE: Path = concepts.HERE / "kbk.toml"
RULE = policies.load(FILE, "kbk", kbk.Kbk)[-1]
TARIFF = policies.load(FILE, "tariff", kbk_money.Tariff)[-1]
SIGNS = policies.load(FILE, "signs", kbk_signs.Signs)[-1]
NONE = Share(0, 0)


@pytest.mark.parametrize(
    ("figure", "value", "rating"),
    [
        ("contact", "150", 4), ("contact", "149.99", 3), ("contact", "145.01", 3), ("contact", "145", 2),
        ("contact", "140.01", 2), ("contact", "140", 1), ("rrns", "2", 4), ("rrns", "2.01", 3), ("rrns", "2.5", 3),
        ("rrns", "2.51", 2), ("rrns", "3", 2), ("rrns", "3.01", 1), ("rppt", "5", 4), ("rppt", "4.99", 3),
        ("rppt", "4", 3), ("rppt", "3.99", 2), ("rppt", "3", 2), ("rppt", "2.99", 1),
    ],
)  # fmt: skip
def test_ratings_at_their_edges(figure: str, value: str, rating: int) -> None:
    assert getattr(RULE, figure).rated(Fraction(value)) == rating


@pytest.mark.parametrize(
    ("score", "puskesmas", "clinic"),
    [("4", 100, 100), ("3.99", 95, 97), ("3", 95, 97), ("2.99", 90, 96), ("2", 90, 96), ("1.99", 85, 95)],
)
def test_bands(score: str, puskesmas: int, clinic: int) -> None:
    assert kbk.percent(RULE, "puskesmas", Fraction(score)) == puskesmas
    assert kbk.percent(RULE, "klinik-pratama", Fraction(score)) == clinic


def test_no_comparison_is_made_on_what_is_rounded() -> None:
    """1,499 of 10,000 is 149.9 per mille; 150 per mille of 10,001 takes 1,501 people."""
    assert kbk.goal(RULE.contact, 10_001) == 1_501
    scored = kbk.scored(RULE, "puskesmas", Month(Share(14_999_999, 100_000_000), NONE, NONE, NONE))
    assert scored and scored.ratings[0] == 3


def test_controlled_by_the_last_measurement_and_by_age() -> None:
    first, last = date(2026, 11, 3), date(2026, 11, 20)
    gdp = "glucose_fasting"
    assert kbk.dm_controlled(RULE, [(gdp, first, 200.0), (gdp, last, 130.0)]) is True
    assert kbk.dm_controlled(RULE, [(gdp, first, 100.0), (gdp, last, 130.1)]) is False
    assert kbk.dm_controlled(RULE, []) is None

    def ht(born: date, upper: float, lower: float) -> bool | None:
        return kbk.ht_controlled(RULE, born, [("bp_systolic", last, upper), ("bp_diastolic", last, lower)])

    assert ht(date(1961, 11, 21), 130, 79) and not ht(date(1961, 11, 21), 131, 79), "64 until tomorrow"
    assert ht(date(1961, 11, 20), 139, 70) and not ht(date(1961, 11, 20), 129, 70), "65 today"
    assert not ht(date(2010, 1, 1), 125, 75) and not ht(date(1980, 1, 1), 125, 80)
    assert kbk.ht_controlled(RULE, None, [("bp_systolic", last, 125), ("bp_diastolic", last, 75)]) is False
    assert kbk.ht_controlled(RULE, date(1980, 1, 1), [("bp_systolic", last, 125), ("bp_diastolic", first, 75)]) is None


def test_the_forecast_counts_what_is_needed_by_the_last_day() -> None:
    told = kbk.contact_forecast(RULE, Share(964, 10_000), date(2026, 11, 1), date(2026, 11, 22), date(2026, 11, 30))
    assert (told.needed, told.projected, told.rating) == (536, 1314, 1)
    assert "butuh 536 kontak lagi sampai tanggal 30 November, yaitu 67 orang sehari selama 8 hari" in told.words.id
    assert "Laju sampai kini 43,8 orang sehari (964 ÷ 22 hari)" in told.words.id
    done = kbk.contact_forecast(RULE, Share(1500, 10_000), date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 30))
    assert done.needed == 0 and "sudah tercapai" in done.words.id


def test_what_is_needed_is_the_fewest_that_suffice() -> None:
    rnd = Random(7)  # noqa: S311
    for _ in range(300):
        of = [rnd.randrange(0, 60) for _ in range(2)]
        month = Month(Share(1, 9), NONE, *(Share(rnd.randrange(n + 1), n) for n in of))
        for which in ("dm", "ht"):
            needed = kbk.rppt_needed(RULE, month, which)  # type: ignore[arg-type]
            share = getattr(month, which)
            reaching = [
                n for n in range(share.of - share.count + 1)
                if kbk.rppt(RULE, Month(month.contact, NONE, **{
                    "dm": month.dm, "ht": month.ht, which: Share(share.count + n, share.of),
                })) >= 5
            ]  # fmt: skip
            assert needed == (min(reaching) if reaching and share.of else None)
    room = kbk.rrns_words(RULE, Share(1, 100), 0).id
    assert "1 lagi masih dalam batas" in room, "2 of 101 is under 2 %, 3 of 102 is not"


def test_what_is_needed_of_prolanis_is_said_in_either_language() -> None:
    said = kbk.rppt_words(RULE, Month(Share(1, 9), NONE, Share(0, 25), Share(2, 39)), date(2026, 11, 30))
    assert "butuh 2 peserta DM terkendali lagi atau 2 peserta HT terkendali lagi sampai tanggal 30 November" in said.id
    assert said.en == (
        "DM 0 ÷ 25 = 0.00%; HT 2 ÷ 39 = 5.13%; mean 2.56%; "
        "needed by 2026-11-30: 2 more controlled DM members or 2 more controlled HT members."
    )


def test_the_tail_of_chi_square() -> None:
    """Critical values as printed in tables."""
    for x, freedom, p in [
        (3.841, 1, 0.05), (5.991, 2, 0.05), (16.919, 9, 0.05), (27.877, 9, 0.001), (15.507, 8, 0.05), (6.635, 1, 0.01),
        (21.666, 9, 0.01), (20.090, 8, 0.01),
    ]:  # fmt: skip
        assert kbk_signs.chi_square_tail(x, freedom) == pytest.approx(p, rel=2e-3)


def test_digits_alarm_as_seldom_as_is_stated_and_find_what_is_made_up() -> None:
    """Of 400 honest districts, each tested thirty times, no more than the stated share raises any alarm."""
    rnd = Random(11)  # noqa: S311
    habits = [30, 5, 9, 5, 9, 12, 8, 5, 12, 5]  # staff round, everywhere the same way

    def counts(n: int, weights: list[int]) -> list[int]:
        found = [0] * 10
        for digit in rnd.choices(range(10), weights, k=n):
            found[digit] += 1
        return found

    others, alarms, tests = counts(5_000, habits), 0, 30
    for _ in range(400):
        alarms += any(kbk_signs.clustering(counts(100, habits), others).p * tests < 0.01 for _ in range(3))
    assert alarms <= 4, "0.01 for thirty tests is 0.001 for three: 0.4 in 400 are expected"
    made_up = kbk_signs.clustering(counts(100, [5, 5, 5, 5, 5, 40, 5, 5, 20, 5]), others)
    assert kbk_signs.alarming(SIGNS, made_up, tests) and made_up.digit == 5
    slight = kbk_signs.clustering(counts(20_000, [30, 5, 9, 5, 9, 18, 8, 5, 12, 5]), counts(90_000, habits))
    assert slight.p < 1e-6 and not kbk_signs.alarming(SIGNS, slight, tests), "certain, and too small to matter"


def test_tariffs_by_kind_and_count() -> None:
    def paid(kind: str, members: int, doctors: int, dentists: int, norm: int | None = None) -> int | None:
        found = kbk_money.rate(TARIFF, kind, members, {"dokter": doctors, "dokter-gigi": dentists}, norm)
        return found.rupiah if found else None

    assert [paid("puskesmas", 10_000, d, t) for d in (2, 1, 0) for t in (1, 0)] == [7000, 6300, 6000, 5300, 4300, 3600]
    assert paid("puskesmas", 10_001, 2, 1) == 6000 and paid("tpmd", 5_000, 1, 0) == 8800
    assert [paid("klinik-pratama", 5_001, d, t) for d in (2, 1) for t in (1, 0)] == [12000, 10000, 11000, 9000]
    assert paid("dentist", 10, 0, 1) == 3500 and paid("rs", 10, 1, 1) is None and paid("tpmd", 1, 0, 0, 8500) == 8500


def test_reasons_add_up_to_the_rupiah() -> None:
    rnd = Random(3)  # noqa: S311
    for _ in range(500):
        mine = rnd.randrange(1, 9999), rnd.choice([3600, 7000]), rnd.choice([85, 90, 95, 100])
        listed = rnd.choice([None, rnd.randrange(9999)]), rnd.choice([None, 6300]), rnd.randrange(80_000_000)
        difference, reasons = kbk_money.reasons(mine, *listed)
        assert difference == listed[2] - mine[0] * mine[1] * mine[2] // 100 == sum(r.rupiah for r in reasons)


def test_thresholds_are_held_against_what_is_not_rounded() -> None:
    rule = policies.load(FILE, "uhc", uhc.Thresholds)[-1]
    assert uhc.reaches(98, 100, rule.registered_of_population) is True
    assert uhc.reaches(979_999, 1_000_000, rule.registered_of_population) is False, "98.00 when rounded"
    assert uhc.reaches(5, None, rule.registered_of_population) is None and uhc.share(1, 0) is None
