"""The file of clock rules: what the product ships with holds, and each wrong line is named with its column."""

from datetime import timedelta

import pytest

from services.kernel.problems import Invalid, Unprocessable
from services.referrals.contract import Alarm, State, Urgency
from services.referrals.contract.clocks import Stretch
from services.referrals.rules import clock_file

SHIPPED = clock_file.FILE.read_text()


def lines() -> list[str]:
    """The shipped file without its notes, so that line numbers are easy to follow."""
    return [line for line in SHIPPED.splitlines() if not line.startswith("#")]


def where(text: str) -> list[str]:
    """The pointers of what is wrong with a file."""
    with pytest.raises(Unprocessable) as caught:
        clock_file.read(text.encode())
    return [f.pointer for f in caught.value.faults]


def changed(find: str, put: str) -> str:
    """The shipped file with one line changed; the others keep their places."""
    found = lines()
    found[found.index(find)] = put
    return "\n".join(found)


def place(line: str) -> int:
    return lines().index(line) + 1


def test_the_shipped_rules_cover_every_open_state_and_end_each() -> None:
    rules = clock_file.made(clock_file.read(SHIPPED.encode()))
    open_states = set(State) - {State.CLOSED}
    assert set(rules.waits) == {(s, u) for s in open_states for u in Urgency}
    for wait in [*rules.waits.values(), rules.follow_up]:
        assert wait.alarms[-1][1] in (Alarm.EXPIRE, Alarm.ESCALATE)
        assert wait.again > timedelta(0)
    emergency = rules.waits[State.SENT, Urgency.EMERGENCY]
    assert emergency.due == timedelta(minutes=15) == emergency.alarms[-1][0]
    assert rules.waits[State.SENT, Urgency.URGENT].due == timedelta(hours=1)
    assert rules.waits[State.SENT, Urgency.ROUTINE].due == timedelta(days=1)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_offices_send_it_with_commas_semicolons_or_tabs(separator: str) -> None:
    text = "\ufeff" + "\r\n".join(separator.join(line.split("\t")) for line in lines() if "islands" not in line)
    text += "\r\n" + separator.join(("departed", "emergency", "due", "360", "", "rumah"))
    rules = clock_file.made(clock_file.read(text.encode()))
    assert rules.waits[State.DEPARTED, Urgency.EMERGENCY].due == timedelta(hours=6)


EXPIRE = "sent\temergency\texpire\tPT15M\t\tSRBK"
ESCALATE = "accepted\turgent\tescalate\tP2D\tP1D\thouse"
DUE = "in-care\troutine\tdue\tP30D\t\thouse"


@pytest.mark.parametrize(
    ("line", "instead", "column"),
    [
        (EXPIRE, "closed\temergency\texpire\tPT15M\t\tSRBK", "state"),
        (EXPIRE, "sent\tsoon\texpire\tPT15M\t\tSRBK", "urgency"),
        (EXPIRE, "sent\temergency\tforget\tPT15M\t\tSRBK", "what"),
        (EXPIRE, "accepted\temergency\texpire\tPT15M\t\tSRBK", "what"),
        (EXPIRE, "sent\temergency\texpire\t-PT15M\t\tSRBK", "after"),
        (EXPIRE, "sent\temergency\texpire\t-15\t\tSRBK", "after"),
        (EXPIRE, "sent\temergency\texpire\tPT0M\t\tSRBK", "after"),
        (EXPIRE, "sent\temergency\texpire\tP400D\t\tSRBK", "after"),
        (EXPIRE, "sent\temergency\texpire\tPT15M\tPT1H\tSRBK", "repeat"),
        (EXPIRE, "sent\temergency\texpire\tPT15M\t\t", "source"),
        (EXPIRE, "sent\temergency\texpire\tPT15M\t\tSRBK\tand more", ""),
        (EXPIRE, "sent\temergency\tremind\tPT15M\tPT15M\tSRBK", "state"),
        (EXPIRE, "sent\temergency\texpire\tPT10M\t\tSRBK", "after"),
        (ESCALATE, "accepted\turgent\tescalate\tP2D\t\thouse", "repeat"),
        (ESCALATE, "accepted\turgent\tescalate\tP2D\tPT1M\thouse", "repeat"),
        (ESCALATE, "accepted\turgent\tremind\tP2D\tP1D\thouse", "state"),
        (ESCALATE, "accepted\turgent\tescalate\tPT12H\tP1D\thouse", "after"),
        (DUE, "in-care\troutine\tdue\tP61D\t\thouse", "after"),
        (DUE, "in-care\troutine\tdue\tP30D\tP1D\thouse", "repeat"),
        (DUE, "in-care\tall\tdue\tP30D\t\thouse", "what"),
        (DUE, "follow-up\troutine\tdue\tP30D\t\thouse", "urgency"),
    ],
)
def test_what_cannot_be_is_told_by_line_and_column(line: str, instead: str, column: str) -> None:
    pointer = f"/line/{place(line)}" + (f"/{column}" if column else "")
    assert pointer in where(changed(line, instead))


@pytest.mark.parametrize("state", list(Stretch))
def test_no_state_may_be_left_out(state: str) -> None:
    without = "\n".join(line for line in lines() if not line.startswith(f"{state}\t"))
    assert "/line/1/state" in where(without)


def test_nothing_may_lack_its_end() -> None:
    """Take any escalation or expiry away, and the file is refused."""
    for line in lines():
        if line.split("\t")[2] in ("escalate", "expire"):
            assert any(p.endswith(("/state", "/repeat")) for p in where(changed(line, "")))


def test_an_alarm_after_an_expiry_would_never_ring() -> None:
    late = "\n".join([*lines(), "sent\temergency\tescalate\tPT1H\tPT1H\thouse"])
    assert f"/line/{len(lines()) + 1}/after" in where(late)


def test_a_state_that_a_version_knew_nothing_of_rings_as_the_product_says() -> None:
    older = [line for line in clock_file.LINES if line.state not in ("draft", "follow-up")]
    assert clock_file.made(older, clock_file.LINES) == clock_file.SHIPPED
    quick = [r.model_copy(update={"after": r.after / 2}) if r.state == "sent" else r for r in older]
    waits = clock_file.made(quick, clock_file.LINES).waits
    assert waits[State.SENT, Urgency.URGENT].due == timedelta(minutes=30), "what it says holds"
    assert waits[State.DRAFT, Urgency.URGENT] == clock_file.STARTING[State.DRAFT, Urgency.URGENT]


@pytest.mark.parametrize("raw", [b"", b"# nothing\n", b"state\turgency\n", b"\xff\xfe", b"state,urgency,what,after\n"])
def test_what_is_no_table_is_refused_as_a_whole(raw: bytes) -> None:
    with pytest.raises(Invalid):
        clock_file.read(raw)
