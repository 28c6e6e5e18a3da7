"""The worker in a process of its own, run by another Python: `--python`.

`worker_apart.py` is the host's end, `start.py` and `child.py` are the other; `wire.py` says what goes between them.
All of it imports relatively, for `start.py` loads the host's folder under another name.
"""
