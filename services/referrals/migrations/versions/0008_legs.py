"""legs: whom a referral asked, until when they might answer, and what they answered

What has happened before follows from the history; the limits are those of the release that sent it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sa.DateTime(timezone=True)
_PAST = """
WITH s AS (
    SELECT p.*, count(*) FILTER (WHERE p.verb = 'send') OVER (PARTITION BY p.referral_id ORDER BY p.number) AS leg
    FROM referral_step p
), answered AS (
    SELECT referral_id, leg, facility, min(recorded_at) AS answered_at,
           (array_agg(verb ORDER BY number DESC))[1] AS verb
    FROM s WHERE side = 'receiver' AND verb IN ('accept', 'arrive', 'decline', 'redirect') GROUP BY 1, 2, 3
)
INSERT INTO leg (referral_id, leg, facility, asked_at, until, answered_at, answer)
SELECT DISTINCT ON (s.referral_id, s.leg, f.code) s.referral_id, s.leg, f.code, s.recorded_at,
       s.recorded_at + CASE r.urgency WHEN 'emergency' THEN interval '15 minutes' WHEN 'urgent' THEN interval '1 hour'
                       ELSE interval '1 day' END,
       a.answered_at,
       CASE a.verb WHEN 'decline' THEN 'declined' WHEN 'redirect' THEN 'redirected'
                   ELSE CASE WHEN a.verb IS NOT NULL THEN 'accepted' END END
FROM s JOIN referral r ON r.id = s.referral_id CROSS JOIN unnest(s.asked) AS f(code)
LEFT JOIN answered a ON a.referral_id = s.referral_id AND a.leg = s.leg AND a.facility = f.code
WHERE s.verb = 'send'
"""


def upgrade() -> None:
    op.create_table(
        "leg",
        sa.Column("referral_id", _STRING, nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("facility", _STRING, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT),
        sa.Column("answered_at", _MOMENT),
        sa.Column("answer", _STRING),
        sa.CheckConstraint("answer IN ('accepted', 'declined', 'redirected', 'expired')", name="leg_answer_is_known"),
        sa.PrimaryKeyConstraint("referral_id", "leg", "facility"),
    )
    op.create_index("leg_asked", "leg", ["asked_at"])
    op.create_index("leg_of", "leg", ["facility", "asked_at"])
    op.execute(_PAST)


def downgrade() -> None:
    op.drop_table("leg")
