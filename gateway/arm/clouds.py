"""Azure's clouds by the address of their Resource Manager, and where a machine's backup has to reach in each. Pure.

Azure Backup's hosts: https://learn.microsoft.com/azure/backup/backup-azure-restore-files-from-vm. Storage and sign-in: the endpoints
of the national clouds; those of retired Germany as in the older guidance.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of Azure's clouds, with the hosts of storage, sign-in and Azure Backup in it."""

    name: str
    storage: str
    login: str
    backup: str

    @property
    def hosts(self) -> str:
        return f"{self.storage} (storage), {self.login} (sign-in) and {self.backup} (Azure Backup)"


PUBLIC = Cloud("Azure", "*.blob.core.windows.net", "login.microsoftonline.com", "*.backup.windowsazure.com")
CHINA = Cloud("Azure China", "*.blob.core.chinacloudapi.cn", "login.chinacloudapi.cn", "*.backup.windowsazure.cn")
US_GOVERNMENT = Cloud(
    "Azure US Government", "*.blob.core.usgovcloudapi.net", "login.microsoftonline.us", "*.backup.windowsazure.us"
)
GERMANY = Cloud(
    "Azure Germany (retired)", "*.blob.core.cloudapi.de", "login.microsoftonline.de", "*.backup.windowsazure.de"
)
_BY_HOST = {
    "management.azure.com": PUBLIC,
    "management.chinacloudapi.cn": CHINA,
    "management.usgovcloudapi.net": US_GOVERNMENT,
    "management.microsoftazure.de": GERMANY,
    # a simulated Resource Manager stands for the public cloud's
    "127.0.0.1": PUBLIC,
    "localhost": PUBLIC,
    "::1": PUBLIC,
}


def cloud_of(endpoint: str) -> Cloud | None:
    """The cloud of a Resource Manager's base URL; None for one that is not known, such as a private cloud's."""
    return _BY_HOST.get(urlsplit(endpoint).hostname or "")
