"""Tests of the store's rows, over SQLite and over Azure Tables (Azurite)."""
