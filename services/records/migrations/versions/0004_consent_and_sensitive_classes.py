"""consent, sensitive classes, broken glass"""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.add_column("resource", sa.Column("sensitive", sa.ARRAY(sa.Text()), nullable=True))
    op.add_column("resource_history", sa.Column("sensitive", sa.ARRAY(sa.Text()), nullable=True))
    op.create_index("resource_sensitive", "resource", ["person_id"], postgresql_where=sa.text("sensitive IS NOT NULL"))
    op.create_table(
        "consent_rule",
        sa.Column("class", sa.Text(), server_default="", nullable=False),
        sa.Column("consent_id", _STRING, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("person_id", _STRING, nullable=False),
        sa.Column("facility", _STRING, server_default="", nullable=False),
        sa.Column("permit", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("consent_id", "part"),
    )
    op.create_index("consent_rule_person", "consent_rule", ["person_id"])
    op.create_table(
        "break_glass",
        sa.Column("id", _STRING, nullable=False),
        sa.Column("person_id", _STRING, nullable=False),
        sa.Column("facility", _STRING, nullable=False),
        sa.Column("subject", _STRING, nullable=False),
        sa.Column("role", _STRING, nullable=False),
        sa.Column("reason", _STRING, nullable=False),
        sa.Column("note", _STRING, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("verdict", _STRING, nullable=True),
        sa.Column("verdict_note", _STRING, nullable=True),
        sa.Column("reviewer", _STRING, nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("break_glass_person", "break_glass", ["person_id", "facility", "subject"])
    op.create_index("break_glass_open", "break_glass", ["opened_at"], postgresql_where=sa.text("verdict IS NULL"))
    policy = op.create_table(
        "access_policy",
        sa.Column("name", _STRING, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("value", _STRING, nullable=False),
        sa.PrimaryKeyConstraint("name", "valid_from"),
    )
    op.bulk_insert(
        policy,
        [
            {"name": "consent-default", "valid_from": date(2020, 1, 1), "value": "permit"},
            {"name": "break-glass-minutes", "valid_from": date(2020, 1, 1), "value": "240"},
            {"name": "break-glass-review-days", "valid_from": date(2020, 1, 1), "value": "3"},
        ],
    )
    op.create_table(
        "classified",
        sa.Column("list", _STRING, nullable=False),
        sa.Column("receipt", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("list"),
    )


def downgrade() -> None:
    for table in ("classified", "access_policy", "break_glass", "consent_rule"):
        op.drop_table(table)
    op.drop_index("resource_sensitive", table_name="resource")
    op.drop_column("resource_history", "sensitive")
    op.drop_column("resource", "sensitive")
