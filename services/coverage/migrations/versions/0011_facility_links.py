"""on whom a posyandu or pustu hangs"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table(
        "facility_link",
        sa.Column("name", _STRING, nullable=False),
        sa.Column("child", _STRING, nullable=False),
        sa.Column("parent", _STRING, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_facility_link_child", "facility_link", ["child"])


def downgrade() -> None:
    op.drop_table("facility_link")
