"""search: what any parameter needs of a body, the orders of a type, codes and references by index"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FUNCTIONS = (
    r"""
    CREATE FUNCTION reference_key(reference text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT coalesce(substring(reference from
            '(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})(?:/_history/[^/]*)?$'), reference)
    $$
    """,
    r"""
    CREATE FUNCTION record_references(body text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT array_agg(CASE WHEN x LIKE '%://%' OR x LIKE '%/_history/%' THEN substring(x from
            '(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})(?:/_history/[^/]*)?$') ELSE x END)
        FROM (SELECT split_part(part, '"', 1) AS x
              FROM unnest((string_to_array(body, '"reference":"'))[2:]) part) references_
        WHERE x NOT LIKE 'Patient/%'
    $$
    """,
    r"""
    CREATE FUNCTION bare_codes(codes text[]) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT array_agg(substr(k, strpos(k, '|') + 1)) FROM unnest(codes) k
    $$
    """,
    """
    CREATE FUNCTION earliest_moment(t text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT CASE length(t) WHEN 4 THEN (t || '-01-01')::timestamp AT TIME ZONE 'Asia/Jakarta'
            WHEN 7 THEN (t || '-01')::timestamp AT TIME ZONE 'Asia/Jakarta'
            WHEN 10 THEN t::timestamp AT TIME ZONE 'Asia/Jakarta' ELSE t::timestamptz END
    $$
    """,
    """
    CREATE FUNCTION latest_moment(t text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT CASE length(t)
            WHEN 4 THEN ((t || '-01-01')::timestamp + interval '1 year') AT TIME ZONE 'Asia/Jakarta'
            WHEN 7 THEN ((t || '-01')::timestamp + interval '1 month') AT TIME ZONE 'Asia/Jakarta'
            WHEN 10 THEN (t::timestamp + interval '1 day') AT TIME ZONE 'Asia/Jakarta'
            ELSE t::timestamptz + CASE WHEN strpos(t, '.') > 0 THEN interval '1 ms' ELSE interval '1 s' END END
    $$
    """,
)
INDEXES = (
    "CREATE INDEX resource_newest ON resource (type, receipt)",
    "CREATE INDEX resource_type_updated ON resource (type, updated_at, receipt)",
    "CREATE INDEX resource_organization_date ON resource (organization, type, date)"
    " WHERE organization IS NOT NULL AND type <> 'Observation'",
    "CREATE INDEX resource_code ON resource (type, (substr(codes[1], strpos(codes[1], '|') + 1)), receipt)",
    "CREATE INDEX resource_codes ON resource USING gin (bare_codes(codes)) WITH (gin_pending_list_limit = 512)"
    " WHERE cardinality(codes) > 1",
    "CREATE INDEX resource_references ON resource USING gin (record_references(body)) WITH (gin_pending_list_limit = 512)"
    " WHERE type NOT IN ('Patient', 'Observation', 'Condition')",
)
NAMES = ("newest", "type_updated", "organization_date", "code", "codes", "references")


def upgrade() -> None:
    for statement in (*FUNCTIONS, *INDEXES):
        op.execute(statement)
    op.add_column("resource_history", sa.Column("date", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("resource_history", "date")
    for name in NAMES:
        op.execute(f"DROP INDEX resource_{name}")
    for name in ("latest_moment(text)", "earliest_moment(text)", "bare_codes(text[])", "record_references(text)",
                 "reference_key(text)"):  # fmt: skip
        op.execute(f"DROP FUNCTION {name}")
