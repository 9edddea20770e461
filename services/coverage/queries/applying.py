"""SQL that makes a list's rows the statements that stand: a batch at a time, never over a fresher one."""

from datetime import date, datetime
from typing import Any

from services.kernel.db import Tx

BATCH = 1000

_BOUND = """
SELECT max(key) AS key, count(*) AS rows FROM (
    SELECT key FROM member_list_row WHERE list_id = $1 AND key > $2 ORDER BY key LIMIT $3) b
"""

_KEPT = ("class_code", "dental_code", "prolanis", "prb", "arrears", "payer_code", "since", "until", "status_text")
_FOLDED = {name: f"coalesce(excluded.{name}, m.{name})" for name in _KEPT} | {
    "status": "CASE WHEN excluded.status = 'unknown' THEN m.status ELSE excluded.status END",
    "payer_name": "coalesce(excluded.payer_name, CASE WHEN excluded.payer_code IS NULL THEN m.payer_name END)",
    "provider_code": "excluded.provider_code",
    "provider_name": "CASE WHEN upper(m.provider_code) = excluded.provider_code THEN m.provider_name END",
    "dental_name": "CASE WHEN excluded.dental_code IS NULL THEN m.dental_name END",
    "source": "excluded.source",
    "checked_at": "excluded.checked_at",
}
_TOLD = ("status", "payer_code", "provider_code", "dental_code")
_NEWS = f"""({", ".join(f"m.{c}" for c in _TOLD)}, coalesce(m.prolanis, ''), coalesce(m.prb, false))
    IS DISTINCT FROM ({", ".join(_FOLDED[c] for c in _TOLD)}, coalesce({_FOLDED["prolanis"]}, ''),
    coalesce({_FOLDED["prb"]}, false))"""

# the version before is read row by row: joined, a table without statistics is read whole for each row
_APPLY = f"""
WITH said AS (
    SELECT DISTINCT ON (person_id) * FROM member_list_row
    WHERE list_id = $1 AND key > $2 AND key <= $3 AND person_id IS NOT NULL ORDER BY person_id, line
), put AS (
    INSERT INTO member AS m (person_id, version, status, checked_at, status_text, since, until, class_code, payer_code,
                             payer_name, provider_code, source, dental_code, prolanis, prb, arrears, status_since)
    SELECT person_id, 1, status, $4, status_text, since, until, class_code, payer_code, payer_name, bpjs_code, 'list',
           dental_code, prolanis, prb, arrears,
           CASE WHEN status = 'active' AND since <= $5 THEN since ELSE $5 END
    FROM said
    ON CONFLICT (person_id) DO UPDATE SET {", ".join(f"{c} = {e}" for c, e in _FOLDED.items())},
        status_since = CASE WHEN m.status = {_FOLDED["status"]} THEN m.status_since ELSE excluded.status_since END,
        version = m.version + CASE WHEN {_NEWS} THEN 1 ELSE 0 END
    WHERE m.checked_at < excluded.checked_at OR (m.source = 'list' AND m.checked_at = excluded.checked_at)
    RETURNING m.*, (SELECT version FROM member old WHERE old.person_id = m.person_id) AS before
)
SELECT put.person_id, put.version, put.before, put.status, put.payer_code, put.prolanis, put.prb,
       put.status_since, r.code AS registered, d.code AS dental
FROM put
LEFT JOIN LATERAL (SELECT code FROM facility f WHERE f.bpjs_code = upper(put.provider_code)
                   ORDER BY active DESC, code LIMIT 1) r ON true
LEFT JOIN LATERAL (SELECT code FROM facility f WHERE f.bpjs_code = upper(put.dental_code)
                   ORDER BY active DESC, code LIMIT 1) d ON true
WHERE put.version IS DISTINCT FROM put.before
"""


async def bound(tx: Tx, id_: str, after: bytes) -> tuple[bytes | None, int]:
    """Where the next batch of a list ends (None: there is none), and how many rows it has."""
    row = await tx.fetchrow(_BOUND, id_, after, BATCH)
    assert row is not None  # noqa: S101 - an aggregate
    return row["key"], row["rows"]


async def apply(tx: Tx, id_: str, after: bytes, until: bytes, moment: datetime, day: date) -> list[dict[str, Any]]:
    """Let a batch of rows stand where nothing fresher does; those whose news followers must be told."""
    return [dict(r) for r in await tx.fetch(_APPLY, id_, after, until, moment, day)]


async def progress(tx: Tx, id_: str, rows: int, now: datetime) -> None:
    """So many rows of a list are statements."""
    await tx.execute("UPDATE member_list SET applied = $2, moved_at = $3 WHERE id = $1", id_, rows, now)


async def finish(tx: Tx, id_: str, now: datetime) -> None:
    """All rows of a list are statements."""
    await tx.execute("UPDATE member_list SET state = 'loaded', applied = loaded, moved_at = $2 WHERE id = $1", id_, now)
