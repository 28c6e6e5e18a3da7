"""Where the host and a worker apart write what happens."""

import logging
import sys


def log_to_stderr(verbose: bool) -> None:
    """Log what goes wrong, or with `verbose` everything."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if not verbose:  # it warns of each cancelled timer that falls due, which is nothing out of the ordinary
        logging.getLogger("azure.durable_functions.worker").setLevel(logging.ERROR)
