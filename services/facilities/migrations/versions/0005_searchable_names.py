"""names found by their parts and sorted without case or diacritics"""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = {"facility": "code", "practitioner": "id, facility"}


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(
        "CREATE FUNCTION searchable(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
        r" AS $$ SELECT lower(regexp_replace(normalize($1, NFKD), '[\u0300-\u036f]', '', 'g')) $$"
    )
    for table, key in TABLES.items():
        op.execute(f"CREATE INDEX {table}_name ON {table} (searchable(name), {key})")
        op.execute(f"CREATE INDEX {table}_name_parts ON {table} USING gin (searchable(name) gin_trgm_ops)")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP INDEX {table}_name_parts")
        op.execute(f"DROP INDEX {table}_name")
    op.execute("DROP FUNCTION searchable")
