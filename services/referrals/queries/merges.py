"""Referrals of persons who became one: they move, noted, and go back when the merge is undone."""

from collections.abc import Sequence

from services.kernel.db import Tx


async def begin_merge(tx: Tx, merge_id: str, survivor: str, other: str) -> None:
    """Note a standing merge."""
    await tx.execute(
        "INSERT INTO person_merge (merge_id, survivor, other) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        merge_id, survivor, other,
    )  # fmt: skip


_PAST = "SELECT merge_id, survivor, other FROM person_merge WHERE other IN (SELECT person_id FROM referral)"


async def past_merges(tx: Tx) -> list[tuple[str, str, str]]:
    """Standing merges past which a referral was still sent for the one who was joined."""
    return [(r["merge_id"], r["survivor"], r["other"]) for r in await tx.fetch(_PAST)]


_JOINING = """
INSERT INTO moved_referral (merge_id, referral_id) SELECT $1, id FROM referral WHERE person_id = $2
ON CONFLICT DO NOTHING RETURNING referral_id
"""


async def joining(tx: Tx, merge_id: str, other: str) -> list[str]:
    """The referrals of the one who is joined, noted."""
    await tx.execute("SELECT 1 FROM referral WHERE person_id = $1 ORDER BY id FOR UPDATE", other)
    return [r["referral_id"] for r in await tx.fetch(_JOINING, merge_id, other)]


_LEAVING = """
WITH gone AS (DELETE FROM person_merge WHERE merge_id = $1), moved AS (
    DELETE FROM moved_referral WHERE merge_id = $1 RETURNING referral_id
)
SELECT r.id FROM referral r JOIN moved m ON m.referral_id = r.id WHERE r.person_id = $2 ORDER BY r.id FOR UPDATE OF r
"""


async def leaving(tx: Tx, merge_id: str, survivor: str) -> list[str]:
    """The referrals that moved with a merge, which is forgotten."""
    return [r["id"] for r in await tx.fetch(_LEAVING, merge_id, survivor)]


_GIVE = "UPDATE referral SET person_id = $2, doubled = closed_at IS NULL WHERE id = ANY ($1::text[])"
_SINGLE = """
UPDATE referral r SET doubled = false
WHERE r.person_id = ANY ($1::text[]) AND r.doubled AND r.closed_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM referral o WHERE o.person_id = r.person_id AND o.closed_at IS NULL AND o.id <> r.id
    AND (o.to_facility = r.to_facility
         OR o.from_facility = r.from_facility AND left(o.diagnosis, 3) = left(r.diagnosis, 3))
    AND (NOT o.doubled OR (o.opened_at, o.id) < (r.opened_at, r.id)))
"""


async def give(tx: Tx, referrals: Sequence[str], source: str, target: str) -> None:
    """Give referrals to another person. Of open ones that may not stand beside each other one counts; what is open
    beside it is doubled."""
    await tx.execute(_GIVE, referrals, target)
    await tx.execute(_SINGLE, [source, target])
