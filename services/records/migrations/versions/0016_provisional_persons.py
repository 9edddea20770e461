"""provisional persons, and what of a registration should be looked at again"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()


def _now(name: str) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "provisional_person",
        _now("since"),
        sa.Column("person_id", _STRING, nullable=False),
        sa.Column("reason", _STRING, nullable=False),
        sa.Column("facility", _STRING, nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_index("provisional_person_since", "provisional_person", ["since", "person_id"])
    op.create_table(
        "identity_doubt",
        _now("at"),
        sa.Column("person_id", _STRING, nullable=False),
        sa.Column("code", _STRING, nullable=False),
        sa.Column("facility", _STRING, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "code", "facility"),
    )
    op.create_index("identity_doubt_facility", "identity_doubt", ["facility", "at"])


def downgrade() -> None:
    op.drop_table("identity_doubt")
    op.drop_table("provisional_person")
