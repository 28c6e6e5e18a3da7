"""Where what the engine tells of itself goes."""
