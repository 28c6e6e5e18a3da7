"""Whether what a security rule or a route names holds the addresses of an Azure service: yes, no, or None where it cannot be told. Pure.

Source: https://learn.microsoft.com/azure/virtual-network/service-tags-overview (tags, what each holds, odd names of regions).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses, ip_network

ANYWHERE = IPv4Network("0.0.0.0/0")
NEVER_AZURE_SERVICES = tuple(
    map(
        IPv4Network,
        (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            "168.63.129.16/32",
        ),
    )
)
"""Private ranges, and the host's own virtual address: the public addresses of a service are never among them."""
OTHER_SERVICES = frozenset(
    name.lower()
    for name in (
        *("AzureActiveDirectory", "AzureActiveDirectoryDomainServices", "AzureArcInfrastructure", "AzureBackup"),
        *("AzureContainerRegistry", "AzureCosmosDB", "AzureKeyVault", "AzureLoadBalancer", "AzureMonitor"),
        *("AzurePlatformDNS", "AzurePlatformIMDS", "AzurePlatformLKM", "AzureResourceManager", "AzureSiteRecovery"),
        *("EventHub", "GuestAndHybridManagement", "ServiceBus", "Sql", "Storage"),
    )
)
"""Tags of one service each: none holds another's addresses. Any other tag leaves the answer open."""
_ODD_REGIONS = {
    "centralfrance": "francecentral",
    "southfrance": "francesouth",
    "germanywc": "germanywestcentral",
    "germanyn": "germanynorth",
    "norwaye": "norwayeast",
    "norwayw": "norwaywest",
    "switzerlandn": "switzerlandnorth",
    "switzerlandw": "switzerlandwest",
}


@dataclass(frozen=True, slots=True)
class Service:
    """A service by its tag; `region` is a location such as westeurope, "" for a service that has no regional tag.

    `virtual_network_is_private`: it is known that no default route widens the tag VirtualNetwork to public addresses.
    """

    tag: str
    region: str = ""
    virtual_network_is_private: bool = False

    @property
    def name(self) -> str:
        """As security rules and routes write it."""
        return f"{self.tag}.{self.region}" if self.region else self.tag


def hold(named: Iterable[str], service: Service) -> bool | None:
    """Whether these tags and prefixes together hold every address of the service (True), none (False), or perhaps some."""
    prefixes, told = [], []
    for one in named:
        network = _network(one)
        if network is None:
            told.append(_tag_holds(one.strip().lower(), service))
        else:
            prefixes.append(network)
    told.append(_prefixes_hold(prefixes))
    return True if True in told else None if None in told else False


def _network(text: str) -> IPv4Network | None:
    try:
        found = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) else None


def _prefixes_hold(prefixes: list[IPv4Network]) -> bool | None:
    if ANYWHERE in collapse_addresses(prefixes):
        return True
    private = all(any(one.subnet_of(known) for known in NEVER_AZURE_SERVICES) for one in prefixes)
    return False if private else None


def _tag_holds(tag: str, service: Service) -> bool | None:
    name, _, region = tag.partition(".")
    if tag in ("*", "internet", "azurecloud", service.tag.lower()):
        return True
    if tag == "virtualnetwork":
        return False if service.virtual_network_is_private else None
    if name in ("azurecloud", service.tag.lower()):
        return _region_of(region) == service.region.lower() if service.region else None
    return False if name in OTHER_SERVICES else None


def _region_of(text: str) -> str:
    return _ODD_REGIONS.get(text, text)
