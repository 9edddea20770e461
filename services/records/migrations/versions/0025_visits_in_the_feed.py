"""visits in the feed: referrals follows nothing of the record but Encounters

On a large log the index takes a while to build, in which nothing can be sealed; writing goes on.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("event_encounter", "event", ["position"], postgresql_where=sa.text("type = 'Encounter'"))


def downgrade() -> None:
    op.drop_index("event_encounter", table_name="event")
