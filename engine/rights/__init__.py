"""Which ARM actions the enabled modules need: the roles that hold them, and whether a deployment has them."""
