"""Which faults there are, and whom a play strikes."""

from services.coverage.simulator.faults import NOBODY, Call, Fault, Moment, Play, Plays
from services.coverage.simulator.faults.menu import menu

VISIT = Call("pcare", "POST", "/kunjungan/V1", "99140101")


def test_every_fault_has_its_line_in_both_languages() -> None:
    assert set(menu()) == set(Fault)
    for entry in menu().values():
        assert all(words.id and words.en for words in (entry.title, entry.does, entry.client))


def test_nothing_strikes_when_nothing_is_played() -> None:
    assert Plays().strike(VISIT) is NOBODY


def test_a_play_strikes_as_often_as_it_should() -> None:
    plays = Plays()
    plays.start(Play(fault=Fault.HTML_500, times=2))
    assert [plays.strike(VISIT).has(Fault.HTML_500) for _ in range(3)] == [True, True, False]
    assert plays.playing == []


def test_only_whom_it_is_meant_for() -> None:
    plays = Plays()
    plays.start(Play(fault=Fault.EMPTY_BODY, service="pcare", method="POST", path="/KUNJUNGAN*", provider="99140101"))
    spared = [
        Call("pcare", "GET", "/kunjungan/V1", "99140101"),
        Call("pcare", "POST", "/pendaftaran", "99140101"),
        Call("pcare", "POST", "/kunjungan/V1", "99140201"),
        Call("vclaim", "POST", "/kunjungan/V1", "99140101"),
    ]
    assert [plays.strike(call).plays for call in spared] == [()] * 4
    assert plays.playing[0].struck == 0
    assert plays.strike(VISIT).has(Fault.EMPTY_BODY)


def test_the_menu_keeps_a_fault_to_where_it_is_met() -> None:
    plays = Plays()
    plays.start(Play(fault=Fault.NO_DATA_201))
    plays.start(Play(fault=Fault.ALREADY_ENTERED_412))
    assert plays.strike(Call("pcare", "GET", "/peserta/1")).plays == ()
    assert plays.strike(Call("vclaim", "GET", "/Peserta/nik/1")).has(Fault.NO_DATA_201)
    assert plays.strike(VISIT).has(Fault.ALREADY_ENTERED_412)


def test_several_at_once_and_one_is_stopped() -> None:
    plays = Plays()
    text, lost = plays.start(Play(fault=Fault.CODE_AS_TEXT)), plays.start(Play(fault=Fault.DROPPED_AFTER_SUCCESS))
    struck = plays.strike(VISIT)
    assert [p.fault for p in struck.at(Moment.AFTER)] == [Fault.DROPPED_AFTER_SUCCESS]
    assert [p.fault for p in struck.at(Moment.ANSWER)] == [Fault.CODE_AS_TEXT]
    assert plays.stop(lost) and not plays.stop(lost)
    assert [p.id for p in plays.playing] == [text]
    assert plays.stop() and not plays.stop()


def test_a_share_is_drawn_by_its_seed() -> None:
    def drawn(seed: int) -> list[bool]:
        plays = Plays()
        plays.start(Play(fault=Fault.HTML_500, share=0.3, seed=seed))
        return [plays.strike(VISIT).has(Fault.HTML_500) for _ in range(1000)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 250 < sum(drawn(1)) < 350


def test_only_what_can_strike_at_either_side_is_moved() -> None:
    assert Play(fault=Fault.HTML_500, moment=Moment.AFTER).strikes_at() is Moment.AFTER
    assert Play(fault=Fault.WRONG_SECRET, moment=Moment.AFTER).strikes_at() is Moment.BEFORE
    assert Play(fault=Fault.DROPPED_AFTER_SUCCESS, moment=Moment.BEFORE).strikes_at() is Moment.AFTER
