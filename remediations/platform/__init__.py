"""What the platform can do to a machine without its guest: apply its model anew, restart it, move it to another host."""
