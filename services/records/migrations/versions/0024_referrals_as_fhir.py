"""referrals that came as FHIR"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_SENT_TO = """
CREATE OR REPLACE FUNCTION sent_to(person text, thing text, at_facility text, today date) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM referral f WHERE at_facility = ANY (f.parties)
                   AND (f.until IS NULL OR f.until > now())
                   AND (f.id = thing OR f.task = thing OR f.id = (
                       SELECT a.referral FROM referral_resource a WHERE a.type = 'Task' AND a.id = thing
                       AND a.part = 'approval' AND a.facility = at_facility)))
       AND EXISTS (SELECT 1 FROM resource t WHERE t.type IN ('ServiceRequest', 'Task') AND t.id = thing
                   AND t.projected);
END $$
"""
"""As before, and the Task that asks a facility is seen by it, as long as it is asked or has the referral."""
_SENT_TO_BEFORE = """
CREATE OR REPLACE FUNCTION sent_to(person text, thing text, at_facility text, today date) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM referral f WHERE (f.id = thing OR f.task = thing) AND at_facility = ANY (f.parties)
                   AND (f.until IS NULL OR f.until > now()))
       AND EXISTS (SELECT 1 FROM resource t WHERE t.type IN ('ServiceRequest', 'Task') AND t.id = thing
                   AND t.projected);
END $$
"""


def upgrade() -> None:
    op.create_table(
        "referral_resource",
        sa.Column("type", _TEXT(), nullable=False),
        sa.Column("id", _TEXT(), nullable=False),
        sa.Column("referral", _TEXT(), nullable=False),
        sa.Column("part", _TEXT(), nullable=False),
        sa.Column("facility", _TEXT(), nullable=True),
        sa.PrimaryKeyConstraint("type", "id"),
    )
    op.create_index("ix_referral_resource_referral", "referral_resource", ["referral"])
    op.create_table(
        "referral_answer",
        sa.Column("facility", _TEXT(), nullable=False),
        sa.Column("key", _TEXT(), nullable=False),
        sa.Column("fingerprint", _TEXT(), nullable=False),
        sa.Column("refs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("facility", "key"),
    )
    op.create_table(
        "referral_followed",
        sa.Column("id", _TEXT(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "referral_due",
        sa.Column("id", _TEXT(), nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(_SENT_TO)


def downgrade() -> None:
    op.execute(_SENT_TO_BEFORE)
    op.drop_table("referral_due")
    op.drop_table("referral_followed")
    op.drop_table("referral_answer")
    op.drop_index("ix_referral_resource_referral", table_name="referral_resource")
    op.drop_table("referral_resource")
