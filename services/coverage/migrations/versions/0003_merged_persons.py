"""merged persons"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table(
        "person_merge",
        sa.Column("other", _STRING, nullable=False),
        sa.Column("survivor", _STRING, nullable=False),
        sa.PrimaryKeyConstraint("other"),
    )
    op.create_index("ix_person_merge_survivor", "person_merge", ["survivor"])


def downgrade() -> None:
    op.drop_table("person_merge")
