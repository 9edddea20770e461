from services.facilities.tables import Base
from services.kernel.migrate import run_env

run_env(Base.metadata)
