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
