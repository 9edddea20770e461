"""change requests, and what each version of a row was done for"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text, moment, now = sqlmodel.sql.sqltypes.AutoString, sa.DateTime(timezone=True), sa.text("now()")
    op.add_column("history", sa.Column("because", text(), nullable=True))
    op.create_table(
        "proposal",
        sa.Column("id", text(), nullable=False),
        sa.Column("of", text(), nullable=False),
        sa.Column("key", text(), nullable=True),
        sa.Column("facility", text(), nullable=False),
        sa.Column("proposer", text(), nullable=False),
        sa.Column("cells", JSONB(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=True),
        sa.Column("state", text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", moment, server_default=now, nullable=False),
        sa.Column("made_by", text(), nullable=False),
        sa.Column("applied_version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("proposal_made", "proposal", ["made_at", "id"])
    op.create_index("proposal_proposer", "proposal", ["proposer", "made_at", "id"])
    op.create_table(
        "proposal_step",
        sa.Column("proposal", text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("verb", text(), nullable=False),
        sa.Column("state", text(), nullable=False),
        sa.Column("at", moment, server_default=now, nullable=False),
        sa.Column("by", text(), nullable=False),
        sa.Column("role", text(), nullable=False),
        sa.Column("reason", text(), nullable=True),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"]),
        sa.PrimaryKeyConstraint("proposal", "version"),
    )


def downgrade() -> None:
    op.drop_table("proposal_step")
    op.drop_table("proposal")
    op.drop_column("history", "because")
