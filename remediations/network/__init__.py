"""What on a machine's way out lets it reach Azure, or keeps it from it: rules, routes, service tags. Pure."""
