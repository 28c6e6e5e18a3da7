"""Who may read the keys of an encrypted machine, and what its owner would grant."""
