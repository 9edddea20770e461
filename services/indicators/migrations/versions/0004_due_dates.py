"""standings carry when each missing item is due"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PLACE = ["generation", "standard", "year", "village", "unit_id"]


def upgrade() -> None:
    for name in ("due_from", "due_until"):
        op.add_column("standing", sa.Column(name, sa.ARRAY(sa.Date()), server_default="{}", nullable=False))
    op.drop_index("standing_village", "standing")
    op.create_index("standing_village", "standing", [*PLACE, "month"])


def downgrade() -> None:
    op.drop_index("standing_village", "standing")
    op.create_index("standing_village", "standing", PLACE)
    for name in ("due_until", "due_from"):
        op.drop_column("standing", name)
