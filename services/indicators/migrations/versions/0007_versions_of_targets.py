"""versions of targets: from which day each counts, who loaded it, whether a sudden change was confirmed"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("official_target", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("official_target", sa.Column("loaded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.add_column("official_target", sa.Column("confirmed", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    for name in ("confirmed", "loaded_by", "valid_from"):
        op.drop_column("official_target", name)
