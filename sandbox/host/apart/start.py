"""What a worker apart begins with: `python -I start.py SOCKET APP PLATFORM VERBOSE`.

The host's folder becomes a package of another name. So neither `sandbox` nor anything beside it is on the path of the
app, which must find only what its package and its own environment hold.
"""

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

NAME = "local_functions_host"


def _load_own_package() -> None:
    folder = Path(__file__).resolve().parents[1]
    spec = spec_from_file_location(NAME, folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec and spec.loader
    sys.modules[NAME] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])


if __name__ == "__main__":
    socket, app, platform, verbose = sys.argv[1:]
    if platform:
        sys.path.append(platform)  # last: as in Azure, what the app brings along comes before what the platform has
    _load_own_package()
    import_module(f"{NAME}.apart.child").main(int(socket), Path(app), verbose == "verbose")
