"""Whom a referral asked, leg by leg: written in the statement of the step that says so."""

from typing import Any

from services.referrals.queries.named import typed
from services.referrals.rules.legs import Told

LEGS = f"""
legs AS (
    INSERT INTO leg AS g (referral_id, leg, facility, asked_at, until, answered_at, answer)
    SELECT {typed("id, leg")}, f, coalesce({typed("sent_at")}, {typed("recorded_at")}), :told_until::timestamptz,
           :told_at::timestamptz, :told_answer::text
    FROM moved, unnest(:told_facilities::text[]) f
    ON CONFLICT (referral_id, leg, facility) DO UPDATE SET
        until = coalesce(excluded.until, g.until), answered_at = coalesce(g.answered_at, excluded.answered_at),
        answer = coalesce(excluded.answer, g.answer)
)
"""
"""The first time of an answer counts, and its last word: who accepts and then redirects has redirected."""


def values(told: Told) -> dict[str, Any]:
    """The parameters of `LEGS` besides the referral's own."""
    return {
        "told_facilities": list(told.facilities),
        "told_until": told.until,
        "told_at": told.answered_at,
        "told_answer": told.answer,
    }
