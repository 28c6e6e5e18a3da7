"""Run by a clean Python: what can be found on the path that is given as JSON, with a few names to look for."""

import json
import re
import sys
from importlib.metadata import distributions
from importlib.util import find_spec

if __name__ == "__main__":
    path, names = (json.loads(text) for text in sys.argv[1:])
    sys.path[:] = path
    installed = {re.sub(r"[-_.]+", "-", one.name).lower() for one in distributions()}
    importable = [name for name in names if find_spec(name)]
    print(json.dumps({"distributions": sorted(installed), "importable": importable}))
