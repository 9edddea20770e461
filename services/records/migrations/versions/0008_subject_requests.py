"""what persons ask of their record, and how long it is kept"""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sa.DateTime(timezone=True)
_POLICY = sa.table("access_policy", sa.column("name"), sa.column("valid_from", sa.Date), sa.column("value"))
_RULES = (
    ("subject-request-hours", date(2022, 10, 17), "72"),  # UU 27/2022: 3 x 24 hours
    ("retention-years", date(2022, 8, 31), "25"),  # Permenkes 24/2022 art. 39, from the last visit
)


def upgrade() -> None:
    op.create_table(
        "subject_request",
        sa.Column("id", _STRING, nullable=False),
        sa.Column("person_id", _STRING, nullable=False),
        sa.Column("kind", _STRING, nullable=False),
        sa.Column("detail", _STRING, nullable=False),
        sa.Column("facility", _STRING, nullable=True),
        sa.Column("recorded_by", _STRING, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("outcome", _STRING, nullable=True),
        sa.Column("note", _STRING, nullable=True),
        sa.Column("amended", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("answered_by", _STRING, nullable=True),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "subject_request_due", "subject_request", ["due_at"], postgresql_where=sa.text("answered_at IS NULL")
    )
    op.create_index("subject_request_facility", "subject_request", ["facility", "due_at"])
    op.create_index("subject_request_person", "subject_request", ["person_id"])
    op.bulk_insert(_POLICY, [{"name": n, "valid_from": d, "value": v} for n, d, v in _RULES])


def downgrade() -> None:
    for name, _, _ in _RULES:
        op.execute(sa.text("DELETE FROM access_policy WHERE name = :name").bindparams(name=name))
    op.drop_table("subject_request")
