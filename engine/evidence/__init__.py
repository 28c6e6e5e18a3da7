"""A case whole, as an owner or a ticket wants it: gathered from the store, and as a page."""
