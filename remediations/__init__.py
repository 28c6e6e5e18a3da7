"""Fixes: one module each, and the catalog that says when they are used."""
