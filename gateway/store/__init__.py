"""The store: rows with optimistic concurrency, on SQLite or on Azure Table Storage."""
