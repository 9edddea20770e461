"""The first level's diagnoses as followed."""

from datetime import date

from sqlmodel import Field

from services.referrals.tables.base import Base


class FirstLevelDiagnosis(Base, table=True):
    """Followed from the network: a diagnosis (category, code or block) that the first level treats itself, and when."""

    __tablename__ = "first_level_diagnosis"
    code: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    version: int
