"""What people are told to do: exact commands with the case's own values."""
