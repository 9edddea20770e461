"""The satisfaction survey: forms, answers, and the free words kept apart from them."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field

from services.facilities.tables.base import Base

_SCALE = " AND ".join(f"(u{n} IS NULL OR u{n} BETWEEN 1 AND 4)" for n in range(1, 10))
_KEY = ("facility", "period", "number")


class SurveyForm(Base, table=True):
    """One facility's survey in one period; `token` opens its public page, `served` is whom it speaks for."""

    __tablename__ = "survey_form"
    __table_args__ = (
        UniqueConstraint("token", name="survey_form_token"),
        CheckConstraint("served > 0", name="survey_form_served"),
    )

    facility: str = Field(primary_key=True, foreign_key="facility.code")
    period: str = Field(primary_key=True, index=True)
    first_day: date
    last_day: date
    served: int | None = None
    weight: str
    closes_on: date | None = None
    token: str
    version: int = Field(default=1)


class SurveyAnswer(Base, table=True):
    """One respondent's answers. Never changed; struck out with a reason when it must not count."""

    __tablename__ = "survey_answer"
    __table_args__ = (
        ForeignKeyConstraint(["facility", "period"], ["survey_form.facility", "survey_form.period"]),
        CheckConstraint(_SCALE, name="survey_answer_scale"),
        CheckConstraint("(struck_on IS NULL) = (struck_reason IS NULL)", name="survey_answer_struck_for_a_reason"),
    )

    facility: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    answered_on: date
    u1: int | None = None
    u2: int | None = None
    u3: int | None = None
    u4: int | None = None
    u5: int | None = None
    u6: int | None = None
    u7: int | None = None
    u8: int | None = None
    u9: int | None = None
    age: str | None = None
    sex: str | None = None
    education: str | None = None
    occupation: str | None = None
    service: str | None = None
    channel: str
    device: str | None = None
    struck_on: date | None = None
    struck_reason: str | None = None
    version: int = Field(default=1)


class SurveyComment(Base, table=True):
    """Free words of a respondent: for the facility and the office only, in no history and no event."""

    __tablename__ = "survey_comment"
    __table_args__ = (ForeignKeyConstraint(list(_KEY), [f"survey_answer.{c}" for c in _KEY]),)

    facility: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    said: str
