"""what moved to another person is found by its id: /v1/changes tells its last event only"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("event_moved", "event", ["subject"], postgresql_where=sa.text("kind = 'moved'"))


def downgrade() -> None:
    op.drop_index("event_moved", table_name="event")
