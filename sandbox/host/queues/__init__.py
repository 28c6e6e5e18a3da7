"""Storage queues for one machine: persistent, with visibility, dequeue counts and poison queues."""
