"""The simulator's people: stable, believable, found by NIK and by card."""

from collections import Counter
from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from services.coverage.simulator.members import Override
from services.coverage.simulator.providers import Provider, from_csv, registered_at
from services.coverage.simulator.settings import SimulatorSettings
from services.coverage.simulator.world import World

NOW = 1_800_000_000.0
NIK = "1410014107900001"
HOME = st.builds(
    "1410{:02d}{:02d}{:02d}{:02d}{:04d}".format,
    st.integers(1, 9), st.integers(1, 31), st.integers(1, 12), st.integers(0, 99), st.integers(1, 9999),
)  # fmt: skip


def world(**settings: object) -> World:
    return World(SimulatorSettings(**settings), lambda: NOW)  # type: ignore[arg-type]


def some(count: int) -> list[str]:
    return [f"141001{1 + i % 28 + 40 * (i % 2):02d}{1 + i % 12:02d}{i % 90:02d}{i:04d}" for i in range(count)]


def test_the_same_person_for_ever_and_another_by_another_seed() -> None:
    assert [world().by_nik(n) for n in some(50)] == [world().by_nik(n) for n in some(50)]
    assert [world().by_nik(n) for n in some(50)] != [world(seed="other").by_nik(n) for n in some(50)]


def test_about_80_per_cent_active_12_inactive_8_unknown() -> None:
    found = [world().by_nik(n) for n in some(3000)]
    share = Counter("none" if f is None else "active" if f["aktif"] else "inactive" for f in found)
    assert abs(share["active"] - 2400) < 75
    assert abs(share["inactive"] - 360) < 60
    assert abs(share["none"] - 240) < 50


@given(HOME)
def test_a_member_is_found_by_card_after_a_restart(nik: str) -> None:
    before = world().by_nik(nik)
    if before is not None:
        assert len(before["noKartu"]) == 13
        assert world().by_card(before["noKartu"]) == before


def test_cards_are_not_shared() -> None:
    cards = [w["noKartu"] for n in some(3000) if (w := world().by_nik(n))]
    assert len(set(cards)) == len(cards)


def test_a_stranger_is_found_by_card_once_asked_by_nik() -> None:
    here = world()
    nik = next(n for i in range(50) if here.by_nik(n := f"320101150190{i:04d}"))
    found = here.by_nik(nik)
    assert found and here.by_card(found["noKartu"]) == found
    assert world().by_card(found["noKartu"]) is None


def test_sex_and_birth_date_come_from_the_nik() -> None:
    here = world()
    here.fix(NIK, Override(active=True))
    found = here.by_nik(NIK)
    assert found and (found["sex"], found["tglLahir"]) == ("P", "01-07-1990")


def test_people_of_demonstrations_are_active_unless_said_otherwise() -> None:
    here = world()
    for i in range(300):
        found = here.by_nik(f"141001410790{8000 + i}")
        assert found and found["aktif"]
    here.fix("1410014107908000", Override(registered=False))
    assert here.by_nik("1410014107908000") is None


def test_overrides_win_and_can_be_lifted() -> None:
    here = world()
    here.fix(NIK, Override(active=False, status_text="PENANGGUHAN PEMBAYARAN", payer_code="13", card="0001112223334"))
    found = here.by_nik(NIK)
    assert found and (found["aktif"], found["ketAktif"]) == (False, "PENANGGUHAN PEMBAYARAN")
    assert here.by_card("0001112223334") == found
    here.fix(NIK, Override(registered=False))
    assert here.by_nik(NIK) is None


def test_a_nik_that_cannot_be_one_is_nobody_but_zeros_are_a_newborn() -> None:
    assert world().by_nik("1410019913900001") is None
    found = world().by_nik("0" * 16)
    assert found and found["nama"] == "BAYI BR LAHIR"


def test_registered_where_the_area_is_served() -> None:
    near = Provider(code="9914P001", name="A", areas=["1410011001"])
    far = Provider(code="9914P002", name="B", areas=["141002"])
    for draw in range(5):
        assert registered_at([near, far], "1410011001", draw) is near
        assert registered_at([near, far], "1410011099", draw) is near  # same kecamatan
        assert registered_at([near, far], "1410022001", draw) is far
    assert {registered_at([near, far], "9999999999", d).code for d in range(2)} == {"9914P001", "9914P002"}
    assert registered_at([], "1410011001", 3).code == "99000000"


def test_a_network_file_gives_the_fktps(tmp_path: Path) -> None:
    file = tmp_path / "facilities.csv"
    file.write_text(
        "code,name,kind,bpjs_code,village\nP1,Puskesmas A,puskesmas,9914P001,1410011001\n"
        "R1,RSUD,rs,9914R001,1410011001\nD1,dr. B,tpmd,,1410011001\n"
    )
    assert [p.code for p in from_csv(file)] == ["9914P001"]
    assert world(network=file).providers[0].weight == 6


def test_dates_of_membership_are_not_before_birth() -> None:
    for nik in some(400):
        if found := world().by_nik(nik):
            since, born = (date(*map(int, reversed(found[k].split("-")))) for k in ("tglMulaiAktif", "tglLahir"))
            assert since >= born
