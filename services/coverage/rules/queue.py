"""Decisions of the queue: which hours of a day stand open, and why a ticket is not given. Nothing here asks anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.kernel.problems import Text


class Because(StrEnum):
    """Why no ticket is given."""

    UNKNOWN_POLI = "unknown-poli"
    PAST = "past-day"
    FAR = "too-far-ahead"
    CLOSED = "closed"
    NO_HOURS = "no-such-hours"
    OVER = "over-for-today"
    FULL = "full"
    TWICE = "twice"
    ELSEWHERE = "registered-elsewhere"


@dataclass(frozen=True, slots=True)
class Session:
    """A doctor's hours at a poli on a day."""

    poli: str
    poli_name: str
    prefix: str
    doctor: int
    doctor_name: str
    starts: str
    ends: str
    capacity: int

    @property
    def hours(self) -> str:
        """As BPJS writes them: "08:00-12:00"."""
        return f"{self.starts}-{self.ends}"


@dataclass(frozen=True, slots=True)
class Day:
    """What a facility's timetable says of one poli on one day."""

    polis: frozenset[str]
    """Every poli the timetable knows, on whatever day."""
    sessions: tuple[Session, ...]
    closed: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Which place is wanted; without a doctor any session of the poli that has room will do."""

    poli: str
    day: date
    doctor: int | None = None
    hours: str | None = None


def of_day(wish: Wish, today: date, ahead: int) -> Because | None:
    """Why nothing can be had on this day at all. `ahead`: for how many days tickets are given beforehand."""
    if wish.day < today:
        return Because.PAST
    return Because.FAR if wish.day > today + timedelta(days=ahead) else None


def open_sessions(wish: Wish, day: Day, now: datetime) -> list[Session] | Because:
    """The sessions that can still be had, in the order of their hours, or why there is none. `now` is local."""
    if wish.poli not in day.polis:
        return Because.UNKNOWN_POLI
    if day.closed is not None or not day.sessions:
        return Because.CLOSED
    fitting = [
        s for s in day.sessions
        if wish.doctor in (None, s.doctor) and wish.hours in (None, s.hours)
    ]  # fmt: skip
    if not fitting:
        return Because.NO_HOURS
    still = [s for s in fitting if wish.day > now.date() or s.ends > f"{now:%H:%M}"]
    return sorted(still, key=lambda s: (s.starts, s.doctor)) or Because.OVER


def with_room(sessions: Sequence[Session], taken: dict[tuple[int, str], int]) -> Session | None:
    """The first session that has room; `taken` counts what stands by doctor and hours."""
    return next((s for s in sessions if taken.get((s.doctor, s.hours), 0) < s.capacity), None)


def says(why: Because, session: Session | None = None) -> Text:
    """The refusal in the words BPJS' clients know, and in English."""
    if why is Because.OVER and session is not None:
        return Text(
            f"Pendaftaran Ke {session.poli_name} Sudah Tutup Jam {session.ends}",
            f"Registration at {session.poli_name} closed at {session.ends}",
        )
    return _WORDS[why]


_WORDS = {
    Because.UNKNOWN_POLI: Text("Poli Tidak Ditemukan", "No such poli at this facility"),
    Because.PAST: Text("Tanggal Periksa Tidak Berlaku", "The day has passed"),
    Because.FAR: Text(
        "Tanggal Periksa Terlalu Jauh, antrean belum dibuka", "The day is too far ahead; its queue is not open yet"
    ),
    Because.CLOSED: Text("Pendaftaran ke Poli Ini Sedang Tutup", "This poli is closed on that day"),
    Because.NO_HOURS: Text(
        "Jadwal Dokter Tersebut Belum Tersedia, Silahkan Reschedule Tanggal dan Jam Praktek Lainnya",
        "This doctor has no such hours on that day; choose another day or other hours",
    ),
    Because.OVER: Text("Pendaftaran Ke Poli Ini Sudah Tutup", "Registration for today is over"),
    Because.FULL: Text("Kuota Antrean Sudah Penuh", "No place is left"),
    Because.TWICE: Text(
        "Nomor Antrean Hanya Dapat Diambil 1 Kali Pada Tanggal Yang Sama",
        "This person has a ticket at this poli on that day already",
    ),
    Because.ELSEWHERE: Text(
        "Peserta Tidak Terdaftar di FKTP Ini", "The member is registered at another first-level facility"
    ),
}


MOVES: dict[str, frozenset[str]] = {
    "call": frozenset({"waiting", "called", "absent"}),
    "present": frozenset({"called", "absent"}),
    "absent": frozenset({"called"}),
    "cancel": frozenset({"waiting", "called", "absent"}),
}
"""What can be done with a ticket, and in which states. Who was absent may be called again, or come late."""
BECOMES = {"call": "called", "present": "present", "absent": "absent", "cancel": "cancelled"}


def clashes(rows: Sequence[tuple[str, int, int, str, str]]) -> int | None:
    """The first of some hours (poli, doctor, weekday, starts, ends) that end before they begin, or lie within others of
    the same doctor; None when all can be kept."""
    for n, (_, doctor, weekday, starts, ends) in enumerate(rows):
        if ends <= starts:
            return n
        for other in rows[:n]:
            if other[1:3] == (doctor, weekday) and starts < other[4] and other[3] < ends:
                return n
    return None
