"""`python -m infra.check [--types PATH] [--root PATH]`: ends with 0 where nothing is wrong, 1 where something is."""

import argparse
import sys
from pathlib import Path

from infra.check.type_data import SHIPPED, TypeData
from infra.check.whole import check


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.check", description="Check Bicep and all that belongs to it."
    )
    told = "Azure's type data, the folder `generated` of Azure/bicep-types-az; default: the trimmed copy"
    parser.add_argument("--types", type=Path, default=SHIPPED, help=told)
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[2], help="the project's root")
    asked = parser.parse_args(arguments)
    found = check(asked.root.resolve(), TypeData(asked.types))
    for one in found:
        print(one)
    counts = {level: sum(one.level == level for one in found) for level in ("error", "warning", "note")}
    print("infra-check: " + ", ".join(f"{count} {level}{'' if count == 1 else 's'}" for level, count in counts.items()))
    return 1 if counts["error"] else 0


if __name__ == "__main__":
    sys.exit(main())
