"""A small model of the Azure Backup service: what a backup needs, does, leaves behind and reports."""
