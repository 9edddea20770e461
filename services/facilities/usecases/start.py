"""What happens once, when the service's database is open: the signing key and the first administrator."""

import logging

from services.facilities.queries import accounts as queries
from services.facilities.settings import FacilitiesSettings
from services.facilities.usecases import keys
from services.kernel import passwords
from services.kernel.auth import Role
from services.kernel.service import Service

log = logging.getLogger(__name__)


async def start(service: Service) -> None:
    """Make what a first start must make; harmless at every later one."""
    await keys.prepare(service)
    own = FacilitiesSettings.of(service.settings)
    async with service.db.reading() as conn:
        missing = await queries.no_staff(conn)
    if not missing:
        return
    password = own.admin_password.get_secret_value()
    if not password:
        log.warning("no administrator yet: set SIMPUL_ADMIN_PASSWORD and start again", extra={"service": service.name})
        return
    stored = await passwords.hashed(service, password)
    async with service.db.transaction() as tx:
        await queries.first_staff(tx, own.admin_user.strip().lower(), "Administrator", stored, Role.DINKES_ADMIN)
