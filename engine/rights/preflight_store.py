"""Whether the app's own store can be written: the record is written before each change."""

import os
from datetime import datetime
from pathlib import Path

from engine.rights.preflight_rows import MISSING, NOTE, OK, WRONG, Row
from gateway.store.opening import SQLITE
from gateway.store.rows import Rows, StoreError


async def of_store(url: str, rows: Rows, now: datetime) -> Row:
    """Write a row of a table of its own, read it back and remove it. A file that is not there yet is left to the app."""
    if url.startswith(SQLITE) and not (file := Path("/" + url.removeprefix(SQLITE).lstrip("/"))).exists():
        return _of_absent(file)
    try:
        written = await rows.insert("preflight", "preflight", now.isoformat(), {"at": now.isoformat()})
        read = await rows.get("preflight", "preflight", now.isoformat())
        await rows.delete("preflight", written)
    except StoreError as e:
        return Row(MISSING, "store", f"cannot be written and read back: {e}")
    right = read is not None and read.value == written.value
    return Row(OK, "store", "a row was written, read back and removed") if right else Row(WRONG, "store", "lost a row")


def _of_absent(file: Path) -> Row:
    """The app makes the file and its folders, where it may write into the lowest one that is there."""
    folder = next(parent for parent in file.parents if parent.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Row(NOTE, "store", f"{file} is not there: the app makes it on first use, unless STORE_URL is mistyped")
    return Row(MISSING, "store", f"{file} is not there, and cannot be made in {folder}: let the app write there")
