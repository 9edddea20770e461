"""the satisfaction survey"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCALE = " AND ".join(f"(u{n} IS NULL OR u{n} BETWEEN 1 AND 4)" for n in range(1, 10))


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "survey_form",
        sa.Column("facility", text(), nullable=False),
        sa.Column("period", text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("served", sa.Integer(), nullable=True),
        sa.Column("weight", text(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("token", text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("served > 0", name="survey_form_served"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"]),
        sa.PrimaryKeyConstraint("facility", "period"),
        sa.UniqueConstraint("token", name="survey_form_token"),
    )
    op.create_index("ix_survey_form_period", "survey_form", ["period"])
    op.create_table(
        "survey_answer",
        sa.Column("facility", text(), nullable=False),
        sa.Column("period", text(), nullable=False),
        sa.Column("number", text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        *(sa.Column(f"u{n}", sa.Integer(), nullable=True) for n in range(1, 10)),
        *(sa.Column(n, text(), nullable=True) for n in ("age", "sex", "education", "occupation", "service")),
        sa.Column("channel", text(), nullable=False),
        sa.Column("device", text(), nullable=True),
        sa.Column("struck_on", sa.Date(), nullable=True),
        sa.Column("struck_reason", text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(SCALE, name="survey_answer_scale"),
        sa.CheckConstraint("(struck_on IS NULL) = (struck_reason IS NULL)", name="survey_answer_struck_for_a_reason"),
        sa.ForeignKeyConstraint(["facility", "period"], ["survey_form.facility", "survey_form.period"]),
        sa.PrimaryKeyConstraint("facility", "period", "number"),
    )
    op.create_table(
        "survey_comment",
        sa.Column("facility", text(), nullable=False),
        sa.Column("period", text(), nullable=False),
        sa.Column("number", text(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("said", text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility", "period", "number"],
            ["survey_answer.facility", "survey_answer.period", "survey_answer.number"],
        ),
        sa.PrimaryKeyConstraint("facility", "period", "number", "kind"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM history WHERE of LIKE 'survey%'")
    for table in ("survey_comment", "survey_answer", "survey_form"):
        op.drop_table(table)
