"""The way out: Azure Resource Manager, the store."""
