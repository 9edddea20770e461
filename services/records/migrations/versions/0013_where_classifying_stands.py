"""where looking again at what is sensitive stands"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "classified", sa.Column("place", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False)
    )
    op.add_column("classified", sa.Column("passes", sa.Integer(), server_default="0", nullable=False))
    op.drop_column("classified", "receipt")


def downgrade() -> None:
    op.add_column("classified", sa.Column("receipt", sa.BigInteger(), server_default="0", nullable=False))
    op.drop_column("classified", "passes")
    op.drop_column("classified", "place")
