"""A local Functions host: runs a Python function app on one machine, without Azure and without the real host."""
