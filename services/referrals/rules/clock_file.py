"""A file of clock rules read and proved, pure: each wrong line is named, and nothing may lack its end.

Columns: state, urgency (or `all`), what (due, remind, expire, escalate), after, repeat, source; tabs, commas or
semicolons; lines that begin with # are notes.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from services.kernel.problems import Fault, Invalid, Text, Unprocessable
from services.referrals.contract import Alarm, State, Urgency
from services.referrals.contract.clocks import ClockRule, Mark, Stretch
from services.referrals.rules.clocks import Clocks, Wait

FILE = Path(__file__).parent.parent / "clocks.tsv"
"""The rules that hold until the office loads its own."""

COLUMNS = ("state", "urgency", "what", "after", "repeat", "source")
ALL = "all"
MOST_LINES = 2_000
LONGEST, SHORTEST_REPEAT = timedelta(days=180), timedelta(minutes=5)
_DURATION = re.compile(r"P(?=.)(?:(\d{1,3})D)?(?:T(?=.)(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?")
_MINUTES = re.compile(r"\d{1,6}")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one day: what the clock does with an open referral, and with a follow-up that is late."""

    waits: Clocks
    follow_up: Wait


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    rule: ClockRule


Key = tuple[Stretch, Urgency]


def read(raw: bytes) -> list[ClockRule]:
    """The rules of a file. Raises Invalid when it is no table, Unprocessable naming each line and column at fault."""
    faults: list[Fault] = []
    lines = [line for number, cells in _cells(raw) if (line := _line(number, cells, faults)) is not None]
    faults += _clashes(lines)
    if not faults:
        faults += _gaps(lines)
    if faults:
        said = Text("Perbaiki baris berikut; tidak ada yang dimuat", "Mend these lines; nothing was loaded")
        raise Unprocessable(said, faults)
    return [line.rule for line in lines]


def made(rules: Sequence[ClockRule], otherwise: Sequence[ClockRule] = ()) -> Rules:
    """The rules as the clock uses them; they were proved when they were read. `otherwise`: what holds of a state that
    they do not name, because they were loaded before there was such a state."""
    groups = _groups([_Line(0, r) for r in otherwise]) | _groups([_Line(0, r) for r in rules])
    waits = {key: _wait(group) for key, group in groups.items()}
    follow_up = waits[Stretch.FOLLOW_UP, Urgency.ROUTINE]
    return Rules({(State(s), u): wait for (s, u), wait in waits.items() if s is not Stretch.FOLLOW_UP}, follow_up)


def duration(value: str) -> timedelta | None:
    """A length of time in ISO 8601 (days, hours, minutes) or as minutes; None when it is neither."""
    if _MINUTES.fullmatch(value):
        return timedelta(minutes=int(value))
    found = _DURATION.fullmatch(value)
    if found is None:
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def _wait(group: Sequence[_Line]) -> Wait:
    due = next(line.rule.after for line in group if line.rule.what is Mark.DUE)
    bells = sorted((r for line in group if (r := line.rule).what is not Mark.DUE), key=lambda r: r.after)
    last = bells[-1]
    return Wait(due, tuple((r.after, Alarm(r.what)) for r in bells), last.repeat or last.after)


def _cells(raw: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of the table as cells by column, with their place in the file."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(Text("Berkas bukan UTF-8; simpan sebagai 'CSV UTF-8'", "The file is not UTF-8")) from None
    numbered = enumerate((line.rstrip("\r") for line in text.split("\n")), 1)
    lines = [(n, line) for n, line in numbered if line.strip() and not line.startswith("#")]
    if not lines:
        raise Invalid(Text("Berkas kosong; baris pertama harus tajuk kolom", "Empty file; the first row is the header"))
    if len(lines) > MOST_LINES:
        raise Invalid(Text(f"Lebih dari {MOST_LINES} baris", f"More than {MOST_LINES} lines"))
    separator = max("\t;,", key=lines[0][1].count)
    header = [name.strip().lower() for name in lines[0][1].split(separator)]
    if sorted(header) != sorted(COLUMNS):
        wanted = ", ".join(COLUMNS)
        raise Invalid(Text(f"Tajuk harus: {wanted}", f"The header must be: {wanted}"))
    for number, line in lines[1:]:
        cells = next(csv.reader(io.StringIO(line), delimiter=separator))
        padded = [c.strip() for c in cells] + [""] * (len(header) - len(cells))
        extra = padded[len(header) :]
        yield number, dict(zip(header, padded, strict=False)) | ({"": "extra"} if any(extra) else {})


def _line(number: int, cells: dict[str, str], faults: list[Fault]) -> _Line | None:
    """One line's rule; None, and its faults, when a cell cannot be."""
    before = len(faults)

    def wrong(column: str, id_: str, en: str) -> None:
        faults.append(_fault(number, column, Text(id_, en)))

    if "" in cells:
        wrong("", "terlalu banyak isian", "has too many cells")
    state, urgency, what = cells["state"], cells["urgency"], cells["what"]
    if state not in set(Stretch):
        listed = ", ".join(Stretch)
        wrong("state", f"harus salah satu dari: {listed}", f"must be one of: {listed}")
    if urgency not in (*Urgency, ALL):
        listed = ", ".join((*Urgency, ALL))
        wrong("urgency", f"harus salah satu dari: {listed}", f"must be one of: {listed}")
    if what not in set(Mark):
        listed = ", ".join(Mark)
        wrong("what", f"harus salah satu dari: {listed}", f"must be one of: {listed}")
    after, repeat = duration(cells["after"]), duration(cells["repeat"])
    if after is None or not timedelta(0) < after <= LONGEST:
        wrong("after", "harus waktu lebih dari nol sampai 180 hari: PT15M, P1D, atau menit",
              "must be a time above zero and up to 180 days: PT15M, P1D, or minutes")  # fmt: skip
    if cells["repeat"] and (repeat is None or not SHORTEST_REPEAT <= repeat <= LONGEST):
        wrong("repeat", "harus kosong, atau waktu dari 5 menit sampai 180 hari",
              "must be empty, or a time from 5 minutes to 180 days")  # fmt: skip
    if not cells["source"]:
        wrong("source", "sebutkan dasarnya", "say where it comes from")
    if what == Mark.EXPIRE and state != Stretch.SENT and state in set(Stretch):
        wrong("what", "hanya rujukan terkirim (sent) dapat kedaluwarsa", "only a sent referral can expire")
    if state == Stretch.FOLLOW_UP and urgency != ALL:
        wrong("urgency", "tindak lanjut berlaku untuk semua: all", "a follow-up is for all")
    if len(faults) > before:
        return None
    return _Line(number, ClockRule(state=Stretch(state), urgency=urgency, what=Mark(what), after=after or timedelta(0),
                                   repeat=repeat, source=cells["source"][:200]))  # fmt: skip


def _groups(lines: Sequence[_Line]) -> dict[Key, list[_Line]]:
    found: dict[Key, list[_Line]] = {}
    for line in lines:
        for urgency in Urgency:
            if line.rule.urgency in (urgency, ALL):
                found.setdefault((line.rule.state, urgency), []).append(line)
    return found


def _clashes(lines: Sequence[_Line]) -> list[Fault]:
    """Two limits of one state, two alarms at one moment: the later line is at fault."""
    faults: dict[tuple[int, str], Fault] = {}
    for group in _groups(lines).values():
        taken: dict[object, int] = {}
        for line in group:
            due = line.rule.what is Mark.DUE
            column = "what" if due else "after"
            first = taken.setdefault(Mark.DUE if due else line.rule.after, line.number)
            if first != line.number:
                said = Text(f"sudah ada di baris {first}", f"already given on line {first}")
                faults[line.number, column] = _fault(line.number, column, said)
    return list(faults.values())


def _gaps(lines: Sequence[_Line]) -> list[Fault]:
    """States that lack a limit or an end, and alarms that can never ring or never ring again."""
    groups = _groups(lines)
    header = 1
    faults: dict[tuple[int, str, str], Fault] = {}
    for state in Stretch:
        for urgency in Urgency:
            group = groups.get((state, urgency), [])
            at = group[-1].number if group else header
            for number, column, text in _lacking(state, urgency, group, at):
                faults.setdefault((number, column, text.en), _fault(number, column, text))
    return list(faults.values())


def _lacking(state: Stretch, urgency: Urgency, group: Sequence[_Line], at: int) -> Iterator[tuple[int, str, Text]]:
    name = f"{state}/{urgency}"
    due = next((line for line in group if line.rule.what is Mark.DUE), None)
    bells = sorted((line for line in group if line.rule.what is not Mark.DUE), key=lambda line: line.rule.after)
    ends = [b for b in bells if b.rule.what in (Mark.ESCALATE, Mark.EXPIRE)]
    if due is None:
        yield at, "state", Text(f"{name}: batas waktu (due) belum ada", f"{name}: has no due line")
    elif due.rule.repeat is not None:
        yield due.number, "repeat", Text("batas waktu tidak berulang; kosongkan", "a limit does not repeat")
    if not ends:
        yield (
            at,
            "state",
            Text(
                f"{name}: tidak berujung; tambahkan escalate" + (" atau expire" if state is Stretch.SENT else ""),
                f"{name}: has no end; add escalate" + (" or expire" if state is Stretch.SENT else ""),
            ),
        )
        return
    if due is not None and state is not Stretch.FOLLOW_UP and due.rule.after > ends[0].rule.after:
        yield due.number, "after", Text(f"setelah baris {ends[0].number}", f"comes after line {ends[0].number}")
    for n, bell in enumerate(bells):
        last = n == len(bells) - 1
        if bell.rule.what is Mark.EXPIRE and not last:
            after = bells[n + 1].number
            yield (
                after,
                "after",
                Text(
                    f"tidak akan berbunyi: baris {bell.number} (expire) mengakhiri keadaan",
                    f"would never ring: line {bell.number} (expire) ends the state",
                ),
            )
        if bell.rule.repeat is not None and (not last or bell.rule.what is Mark.EXPIRE):
            yield (
                bell.number,
                "repeat",
                Text(
                    "hanya alarm terakhir yang berulang, dan expire tidak",
                    "only the last alarm repeats, and expire does not",
                ),
            )
        if last and bell.rule.repeat is None and bell.rule.what is not Mark.EXPIRE:
            yield (
                bell.number,
                "repeat",
                Text(
                    "alarm terakhir harus berulang, supaya tidak pernah diam",
                    "the last alarm must repeat, never to fall silent",
                ),
            )


def _fault(line: int, column: str, text: Text) -> Fault:
    return Fault(f"/line/{line}" + (f"/{column}" if column else ""), text)


LINES = read(FILE.read_bytes())
SHIPPED = made(LINES)
STARTING = SHIPPED.waits
"""What holds of open referrals where the office has loaded nothing."""
