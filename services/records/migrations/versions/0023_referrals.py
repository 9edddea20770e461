"""where each referral stands, who sees it, and for how long a closed one opens the record"""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_POLICY = sa.table("access_policy", sa.column("name"), sa.column("valid_from", sa.Date), sa.column("value"))
_SENT_TO = """
CREATE OR REPLACE FUNCTION sent_to(person text, thing text, at_facility text, today date) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM referral f WHERE (f.id = thing OR f.task = thing) AND at_facility = ANY (f.parties)
                   AND (f.until IS NULL OR f.until > now()))
       AND EXISTS (SELECT 1 FROM resource t WHERE t.type IN ('ServiceRequest', 'Task') AND t.id = thing
                   AND t.projected);
END $$
"""
_SENT_TO_BEFORE = """
CREATE OR REPLACE FUNCTION sent_to(person text, thing text, at_facility text, today date) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN shut_out(at_facility, today) AND coalesce(word_of(person, '', at_facility, today), true) AND EXISTS (
        SELECT 1 FROM care_relation c WHERE c.person_id = person AND c.facility = at_facility AND c.reason = 'referral'
        AND (c.until IS NULL OR c.until > now())
        AND (c.source = thing OR EXISTS (SELECT 1 FROM resource t WHERE t.type = 'Task' AND t.id = thing
             AND t.projected AND position('"ServiceRequest/' || c.source || '"' IN t.body) > 0)));
END $$
"""
_STANDING = """
INSERT INTO referral (id, task, person_id, from_facility, to_facility, kind, urgency, state, outcome, opened_at,
                      away_since, parties, until)
SELECT s.id, t.id, t.person_id, t.client, f.code, t.kind,
       CASE t.priority WHEN 'stat' THEN 'emergency' ELSE t.priority END, t.state, t.outcome, t.authored,
       CASE WHEN t.state IN ('arrived', 'in-care') THEN t.updated_at END,
       CASE WHEN t.state = 'sent' OR c.source IS NOT NULL THEN ARRAY[f.code::text] ELSE '{}' END, c.until
FROM (SELECT id, person_id, client, updated_at, split_part(body::json -> 'focus' ->> 'reference', '/', 2) AS request,
             body::json ->> 'priority' AS priority, (body::json ->> 'authoredOn')::timestamptz AS authored,
             body::json #>> '{businessStatus,coding,0,code}' AS state,
             body::json #>> '{output,0,valueCodeableConcept,coding,0,code}' AS outcome,
             body::json #>> '{owner,reference}' AS owner, NULL AS kind
      FROM resource WHERE type = 'Task' AND projected AND NOT deleted) t
JOIN resource s ON s.type = 'ServiceRequest' AND s.id = t.request AND s.projected
JOIN facility f ON t.owner = 'Organization/' || f.organization
LEFT JOIN care_relation c ON c.reason = 'referral' AND c.source = s.id AND c.facility = f.code
     AND c.person_id = t.person_id
WHERE t.state IS NOT NULL AND t.priority IS NOT NULL
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    moments = ("opened_at", "closed_at", "away_since", "until")
    op.create_table(
        "referral",
        *(sa.Column(name, _TEXT(), nullable=False) for name in ("id", "from_facility", "to_facility", "urgency",
                                                                "state")),
        *(sa.Column(name, _TEXT(), nullable=True) for name in ("task", "person_id", "kind", "outcome")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in moments),
        sa.Column("parties", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("task"),
    )  # fmt: skip
    op.create_index("ix_referral_person_id", "referral", ["person_id"])
    op.create_index(
        "referral_away", "referral", ["from_facility", "away_since"],
        postgresql_where=sa.text("away_since IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "care_relation_referral", "care_relation", ["source"], postgresql_where=sa.text("reason = 'referral'")
    )
    op.execute(_STANDING)
    op.execute(_SENT_TO)
    op.bulk_insert(_POLICY, [{"name": "referral-days", "valid_from": date(2020, 1, 1), "value": "30"}])


def downgrade() -> None:
    op.execute("DELETE FROM access_policy WHERE name = 'referral-days'")
    op.execute(_SENT_TO_BEFORE)
    op.drop_index("care_relation_referral", table_name="care_relation")
    op.drop_table("referral")
