"""The deployment: Bicep in main.bicep and app/, the roles that `make role` writes, and the check of all of it."""
