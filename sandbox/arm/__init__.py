"""Azure Resource Manager over HTTP: paths, bodies, headers and refusals as the real one gives them."""
