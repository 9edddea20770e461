"""What this service is told beside the kernel's settings: the first administrator."""

from pydantic import SecretStr

from services.kernel.settings import Settings


class FacilitiesSettings(Settings):
    """The administrator is made at first start, when there is no staff yet; later changes of these do nothing."""

    admin_user: str = "admin"
    admin_password: SecretStr = SecretStr("")

    @classmethod
    def of(cls, settings: Settings) -> "FacilitiesSettings":
        """These settings, the missing ones read from the environment."""
        return settings if isinstance(settings, cls) else cls(**settings.model_dump())
