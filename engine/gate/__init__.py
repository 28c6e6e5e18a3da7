"""Whether a change may be made now: policy, people, the switch and the limits decide, before a step and before each write."""
