"""lines: what each facility signs in to each BPJS service with"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table(
        "line",
        sa.Column("facility", _STRING, nullable=False),
        sa.Column("service", _STRING, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("base_url", _STRING, nullable=True),
        sa.Column("content_type", _STRING, nullable=True),
        sa.Column("sender", _STRING, nullable=True),
        sa.Column("sender_from", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", _STRING, nullable=True),
        sa.Column("state", _STRING, nullable=False),
        sa.Column("because", _STRING, nullable=True),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", _STRING, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("facility", "service"),
    )


def downgrade() -> None:
    op.drop_table("line")
