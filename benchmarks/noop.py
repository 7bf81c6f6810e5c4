"""A Faust agent that does nothing but take and acknowledge: `python -m benchmarks.noop BROKER TOPIC COUNT`.

Prints how many records a second it took, of COUNT, from the first batch to the last. It is the limit that an agents
worker is held against: the same app, the same batches, no database.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

from streams.ports.kafka.consuming import Consuming, build_app, run_app
from streams.ports.store.log import Logged


def main() -> None:
    """Take COUNT records, say how fast, and end at once."""
    broker, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    seen = 0
    begin = 0.0

    def take(batches: Mapping[int, Sequence[Logged]]) -> None:
        nonlocal seen, begin
        if not seen:
            begin = time.perf_counter()
            seen = 1  # the first batch starts the watch, and is not counted
            return
        seen += sum(map(len, batches.values()))
        if seen > count * 0.9:
            print((seen - 1) / (time.perf_counter() - begin), flush=True)
            os._exit(0)

    with tempfile.TemporaryDirectory() as folder:
        settings = Consuming(servers=(broker,), topic=topic, group=f"noop-{os.getpid()}", epoch=1, datadir=folder)
        run_app(build_app(settings, take, on_failure=lambda _error: None))


if __name__ == "__main__":
    main()
