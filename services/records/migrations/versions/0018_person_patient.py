"""persons by their Patient: searches and $everything name them so"""

from collections.abc import Sequence

from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("person_patient", "person", ["patient_id"])


def downgrade() -> None:
    op.drop_index("person_patient", "person")
