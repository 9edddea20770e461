"""which things were shown, and from where they were asked for"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for table in ("access_pending", "access_log"):
        op.add_column(table, sa.Column("origin", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("resources", sa.Text(), nullable=True))
    op.add_column("access_block", sa.Column("digests", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("access_block", "digests")
    for table in ("access_log", "access_pending"):
        op.drop_column(table, "resources")
        op.drop_column(table, "origin")
