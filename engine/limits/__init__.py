"""What is counted across cases: places, changes, attempts, failures in a row, items that fail alike."""
