"""Resource Graph: rows that lag behind ARM, and a small honest subset of its query language."""
