"""The writers of the Volume Shadow Copy service, by their class ids, which no language changes, and who may restart each.

The ids are those of Microsoft's list of in-box writers (In-Box VSS Writers, Windows documentation) and of the products' own.
"""

from dataclasses import dataclass
from typing import Any

from remediations.facts import Unknown
from remediations.facts.guest_report import GuestReport

SERVICES = {
    "be000cbe-11fe-4426-9c58-531aa6355fc4": "VSS",  # ASR Writer
    "542da469-d3e1-473c-9f4f-7847f01fc64f": "VSS",  # COM+ REGDB Writer
    "afbab4a2-367d-4d15-a586-71dbb18f8485": "VSS",  # Registry Writer
    "4dc3bdd4-ab48-4d07-adb0-3bee2926fd7f": "VSS",  # Shadow Copy Optimization Writer
    "75dfb225-e2e4-4d39-9ac9-ffaff65ddf06": "VSS",  # VSS Metadata Store Writer
    "e8132975-6f93-4464-a53e-1050253ae220": "CryptSvc",  # System Writer
    "a6ad56c2-b509-4e6c-bb19-49d8f43532f0": "Winmgmt",  # WMI Writer
    "4969d978-be47-48b0-b100-f328f07ac1e0": "BITS",  # BITS Writer
    "2a40fd15-dfca-4aa8-a654-1f8c654603f6": "AppHostSvc",  # IIS Config Writer
    "cd3f2362-8bef-46c7-9181-d62844cdc0b2": "WSearch",  # MSSearch Service Writer
    "a65faa63-5ea8-4ebc-9dbd-a0c4db26912a": "SQLWriter",  # SqlServerWriter: the writer's own service, never the engine
}
"""Writers whose service the script restarts: system services, and SQL Server's writer, which serves no query."""

APPLICATIONS = {
    "76fe1ac4-15f7-4bcd-987e-8e1acb462fb7": "MSExchangeIS",
    "b2014c9e-8711-4c5c-a5a9-3cf384484757": "NTDS",
    "66841cd4-6ded-4f4b-8f17-fd23f8ddc3de": "vmms",
    "be9ac81e-3619-421f-920f-4c6fea9e93ad": "DHCPServer",
    "f08c1483-8407-4a26-8c26-6c267a629741": "WINS",
    "2707761b-2324-473d-88eb-eb007a359533": "DFSR",
    "d76f5a28-3092-4589-ba48-2958fb88ce29": "NtFrs",
    "6f5b15b5-da24-4d88-b737-63063e3a1f86": "CertSvc",
    "12ce4370-5bb7-4c58-a76a-e5d5097e3674": "srmsvc",
    "59b1f0cf-90ef-465f-9609-6ca8b2938366": "IISADMIN",
}
"""Services that users and other machines depend on: a person restarts them, and no script of ours."""

STABLE, UNDER_WAY = 1, range(2, 6)
"""States of a writer (VSS_WRITER_STATE): 2 to 5 wait for the next step of a backup, 0 and from 6 on have failed."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A writer that is not stable."""

    id: str
    name: str
    state: int

    @property
    def failed(self) -> bool:
        return self.state not in UNDER_WAY

    @property
    def service(self) -> str:
        """The service whose restart makes it anew, "" where it is not on record."""
        return SERVICES.get(self.id) or APPLICATIONS.get(self.id, "")

    @property
    def for_a_person(self) -> bool:
        return self.id not in SERVICES


def unstable(report: GuestReport) -> tuple[Writer, ...]:
    """The writers that are not stable. Raises Unknown where the list could not be read."""
    return tuple(_writer(one) for one in report.value("writers", "failed"))


def failed_writers(report: GuestReport) -> tuple[Writer, ...]:
    """The writers that failed. Raises Unknown where one stands in the middle of a backup: that may be another product's."""
    found = unstable(report)
    if waiting := [one for one in found if not one.failed]:
        raise Unknown(f"{named(waiting)} waits for the next step of a backup, perhaps another product's")
    return found


def named(writers: list[Writer] | tuple[Writer, ...]) -> str:
    return ", ".join(f"{one.name} (state {one.state})" for one in writers)


def _writer(one: Any) -> Writer:
    if not isinstance(one, dict) or not isinstance(one.get("state"), int):
        raise Unknown("the guest probe's list of writers cannot be read")
    return Writer(str(one.get("id") or "").lower(), str(one.get("name") or one.get("id")), one["state"])
