"""What is done inside a machine's guest: scripts of ours, run by managed Run Command, and what they tell."""
