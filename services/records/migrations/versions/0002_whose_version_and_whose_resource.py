"""whom a superseded version spoke of, and which resources their owner's feed writes"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("resource_history", sa.Column("person_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.add_column("resource", sa.Column("projected", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("resource", "projected")
    op.drop_column("resource_history", "person_id")
