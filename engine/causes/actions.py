"""The ARM actions behind each fact that causes ask for, as the gateway's reads declare them."""

from gateway.arm.needs import actions_of
from gateway.arm.reads import Reads

_READ = actions_of(Reads)

ITEM = _READ["item"]
JOBS = _READ["jobs"]
MACHINE = (*ITEM, *_READ["machine"])
POLICY = (*ITEM, *_READ["policy"])
COLLECTIONS = (*ITEM, *_READ["collections"], *_READ["collection"])
GROUP = (*MACHINE, *COLLECTIONS, *_READ["resources_of_group"])
LOCKS = (*GROUP, *_READ["locks_reaching"])
OVERDUE = (*POLICY, *MACHINE, *COLLECTIONS)
DENY_ASSIGNMENTS = (*GROUP, *_READ["deny_assignments"])
DENY_DELETE_POLICIES = (*GROUP, *_READ["deny_delete_policies"])
DISKS = (*MACHINE, *_READ["disk_keys"])
KEY_VAULTS = (*DISKS, *_READ["key_vault"], *_READ["role_assignments"], *_READ["data_roles"])
POINTS = (*ITEM, *_READ["recovery_points"])
RESUMING = (*POINTS, *_READ["retentions"])
PROTECTION = (*RESUMING, *_READ["activities"])
INTERFACE = (*MACHINE, *_READ["interface"])
WAY_OUT = (*POLICY, *MACHINE, *_READ["interface"], *_READ["subnet"], *_READ["security_group"], *_READ["route_table"])
VAULT = _READ["vault"]
MACHINE_LOCKS = (*MACHINE, *_READ["locks_reaching"])
UNFINISHED = (*_READ["unfinished_jobs"], *_READ["job"])
OTHER_VAULTS = (*ITEM, *UNFINISHED, *_READ["items_of_machine"])
DENY_CREATION_POLICIES = (*MACHINE, *COLLECTIONS, *_READ["deny_creation_policies"])
