"""deliveries are listed by their place, of all facilities or of one"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index("delivery_listed", table_name="delivery")
    op.create_index("delivery_listed", "delivery", ["position"])
    op.create_index("delivery_facility", "delivery", ["facility", "position"])
    op.create_index(
        "delivery_parked", "delivery", ["facility", "because"], postgresql_where=sa.text("state = 'parked'")
    )


def downgrade() -> None:
    op.drop_index("delivery_parked", table_name="delivery")
    op.drop_index("delivery_facility", table_name="delivery")
    op.drop_index("delivery_listed", table_name="delivery")
    op.create_index("delivery_listed", "delivery", ["state", "position"])
