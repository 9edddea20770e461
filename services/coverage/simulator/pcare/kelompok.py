"""Kelompok: the Prolanis clubs of a facility, their activities, and who came."""

import json
import sqlite3
from typing import Any

from services.coverage.simulator.answers import ENTERED, REFERENCE, Refusal, Said, created, wrong
from services.coverage.simulator.codes import by_code
from services.coverage.simulator.door import Ask
from services.coverage.simulator.members import Draw
from services.coverage.simulator.pcare.kunjungan import PROGRAMS
from services.coverage.simulator.pcare.reading import NO_DATA, Fields, day_of_path, dmy, whole
from services.coverage.simulator.pcare.service import PCARE
from services.coverage.simulator.providers import NOWHERE

CLUBS = {program["kdProgram"]: (short, program) for short, program in PROGRAMS.items()}


@PCARE.get("/kelompok/club/{program}")
def clubs(ask: Ask, program: str) -> Any:
    """The facility's clubs of one programme: 01 diabetes, 02 hypertension."""
    if program not in CLUBS:
        return wrong(("kdProgram", REFERENCE))
    return whole([_club(ask, ask.provider or NOWHERE.code, program)])


def _club(ask: Ask, provider: str, program: str) -> dict[str, Any]:
    """A club, the same for ever: its number is drawn from its facility."""
    draw = Draw(ask.world.settings.seed, f"{provider}:{program}")
    short, named = CLUBS[program]
    return {
        "clubId": 1000 + draw.of("club", 8999),
        "kdProvider": ask.world.provider(provider).named(),
        "jnsKelompok": named,
        "tglMulai": "01-01-2020",
        "tglAkhir": None,
        "nama": f"PROLANIS {short} {ask.world.provider(provider).name}".upper(),
        "alamat": None,
        "ketua_nama": None,
        "ketua_noHP": None,
    }


def _clubs(ask: Ask, provider: str) -> dict[int, dict[str, Any]]:
    return {club["clubId"]: club for club in (_club(ask, provider, program) for program in CLUBS)}


@PCARE.get("/kelompok/kegiatan/{day}")
def activities(ask: Ask, day: str) -> Any:
    """The facility's activities in the month of a day."""
    month = f"{day_of_path(day, 'bulan'):%Y-%m}"
    rows = ask.store.all(
        "SELECT * FROM activity WHERE substr(day, 1, 7) = ? AND provider = coalesce(?, provider) ORDER BY day, edu_id",
        month, ask.provider,
    )  # fmt: skip
    return whole([_shown(ask, row) for row in rows])


@PCARE.post("/kelompok/kegiatan")
def plan(ask: Ask) -> Any:
    """Enter an activity; answers its eduId. A club other than the facility's own is in no list."""
    fields, provider = Fields(ask.body), ask.provider or NOWHERE.code
    day = fields.day("tglPelayanan", until=ask.today)
    fields.listed("kdKegiatan", by_code("kegiatan"))
    group = fields.listed("kdKelompok", by_code("kelompok"))
    fields.check("clubId", lambda v: group == "00" or (isinstance(v, int) and v in _clubs(ask, provider)))
    fields.measures("biaya")
    fields.done()
    assert day is not None  # noqa: S101 - else there were faults
    edu_id = f"{day:%y%m}{ask.store.next(f'eduId {day:%y%m}'):07d}"
    ask.store.run("INSERT INTO activity VALUES (?, ?, ?, ?)", edu_id, provider, day.isoformat(), json.dumps(ask.body))
    return created({"field": "eduId", "message": edu_id})


@PCARE.delete("/kelompok/kegiatan/{edu_id}")
def cancel(ask: Ask, edu_id: str) -> Any:
    """Delete an activity with its participants."""
    if _mine(ask, edu_id) is None:
        return NO_DATA
    ask.store.run("DELETE FROM participant WHERE edu_id = ?", edu_id)
    ask.store.run("DELETE FROM activity WHERE edu_id = ?", edu_id)
    return None


@PCARE.get("/kelompok/peserta/{edu_id}")
def participants(ask: Ask, edu_id: str) -> Any:
    """Who came to an activity."""
    if _mine(ask, edu_id) is None:
        return NO_DATA
    cards = ask.store.all("SELECT card FROM participant WHERE edu_id = ? ORDER BY at, card", edu_id)
    return whole([{"eduId": edu_id, "peserta": ask.world.by_card(row["card"])} for row in cards])


@PCARE.post("/kelompok/peserta")
def attend(ask: Ask) -> Any:
    """Enter a member as participant of an activity."""
    fields = Fields(ask.body)
    member = fields.member(ask)
    edu_id = str(fields.body.get("eduId"))
    if _mine(ask, edu_id) is None:
        fields.fault("eduId")
    fields.done()
    assert member is not None  # noqa: S101 - else there were faults
    added = ask.store.run(
        "INSERT OR IGNORE INTO participant VALUES (?, ?, ?)", edu_id, member["noKartu"], ask.world.now()
    )
    return created({"field": "eduId", "message": edu_id}) if added else wrong(("noKartu", ENTERED))


@PCARE.delete("/kelompok/peserta/{edu_id}/{card}")
def leave(ask: Ask, edu_id: str, card: str) -> Said | Refusal | None:
    """Take a participant out."""
    known = _mine(ask, edu_id) is not None
    gone = known and ask.store.run("DELETE FROM participant WHERE edu_id = ? AND card = ?", edu_id, card)
    return None if gone else NO_DATA


def _mine(ask: Ask, edu_id: str) -> sqlite3.Row | None:
    return ask.store.one(
        "SELECT * FROM activity WHERE edu_id = ? AND provider = coalesce(?, provider)", edu_id, ask.provider
    )


def _shown(ask: Ask, row: sqlite3.Row) -> dict[str, Any]:
    body = json.loads(row["body"])
    return {
        "eduId": row["edu_id"],
        "clubProl": _clubs(ask, row["provider"]).get(body.get("clubId")),
        "tglPelayanan": dmy(row["day"]),
        "kegiatan": by_code("kegiatan")[body["kdKegiatan"]],
        "kelompok": by_code("kelompok")[body["kdKelompok"]],
        **{k: body.get(k) for k in ("materi", "pembicara", "lokasi", "keterangan", "biaya")},
    }
