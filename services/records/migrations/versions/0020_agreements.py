"""private facilities see the shared record while an agreement is in force (decision 0024)"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SHUT_OUT = """
CREATE FUNCTION shut_out(at_facility text, today date) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM barred b WHERE b.facility = at_facility AND b.days @> today);
END $$
"""
_IN_EMERGENCY = """
CREATE FUNCTION in_emergency(person text, at_facility text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM care_relation c WHERE c.person_id = person AND c.facility = at_facility AND c.urgent
                   AND (c.until IS NULL OR c.until > now()));
END $$
"""
_SENT_TO = """
CREATE FUNCTION sent_to(person text, thing text, at_facility text, today date) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN shut_out(at_facility, today) AND coalesce(word_of(person, '', at_facility, today), true) AND EXISTS (
        SELECT 1 FROM care_relation c WHERE c.person_id = person AND c.facility = at_facility AND c.reason = 'referral'
        AND (c.until IS NULL OR c.until > now())
        AND (c.source = thing OR EXISTS (SELECT 1 FROM resource t WHERE t.type = 'Task' AND t.id = thing
             AND t.projected AND position('"ServiceRequest/' || c.source || '"' IN t.body) > 0)));
END $$
"""


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "agreement",
        sa.Column("id", text(), nullable=False),
        sa.Column("facility", text(), nullable=False),
        sa.Column("sees", text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", "facility"),
    )
    op.create_index("ix_agreement_facility", "agreement", ["facility"])
    op.create_table(
        "barred",
        sa.Column("days", DATEMULTIRANGE(), nullable=False),
        sa.Column("facility", text(), nullable=False),
        sa.Column("shut", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("facility"),
    )
    op.add_column("care_relation", sa.Column("urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute(
        "UPDATE care_relation c SET urgent = true FROM resource r WHERE c.reason = 'referral'"
        " AND r.type = 'ServiceRequest' AND r.id = c.source AND r.projected"
        """ AND r.body ~ '"priority": ?"stat"'"""
    )
    for function in (_SHUT_OUT, _IN_EMERGENCY, _SENT_TO):
        op.execute(function)


def downgrade() -> None:
    op.execute("DROP FUNCTION sent_to(text, text, text, date)")
    op.execute("DROP FUNCTION in_emergency(text, text)")
    op.execute("DROP FUNCTION shut_out(text, date)")
    op.drop_column("care_relation", "urgent")
    op.drop_table("barred")
    op.drop_index("ix_agreement_facility", table_name="agreement")
    op.drop_table("agreement")
