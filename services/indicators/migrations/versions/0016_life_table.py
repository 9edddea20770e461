"""life table: population by age and sex, and what BPS publishes"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _loaded(table: str, key: tuple[str, ...], value: sa.types.TypeEngine[object]) -> None:
    small = ("year", "age")
    op.create_table(
        table,
        *(sa.Column(name, sa.SmallInteger() if name in small else AutoString(), nullable=False) for name in key),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", value, nullable=False),
        sa.Column("source", AutoString(), nullable=False),
        sa.Column("loaded_by", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint(*key, "loaded_at"),
    )


def upgrade() -> None:
    _loaded("population", ("place", "year", "sex", "age"), sa.Integer())
    _loaded("official_life_expectancy", ("place", "year", "sex"), sa.Float())


def downgrade() -> None:
    op.drop_table("official_life_expectancy")
    op.drop_table("population")
