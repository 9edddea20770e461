"""the network's rows, from which the directory (mCSD) is made"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "network_row",
        sa.Column("of", text(), nullable=False),
        sa.Column("key", text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("facility", text(), nullable=True),
        sa.Column("data", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("of", "key"),
    )
    op.create_index("network_row_facility", "network_row", ["facility", "of"])


def downgrade() -> None:
    op.drop_table("network_row")
    op.execute("DELETE FROM follower_cursor WHERE source = 'facilities:directory'")
    op.execute("DELETE FROM parked_event WHERE source = 'facilities:directory'")
