"""`make demo-cluster`: the demo city on Kafka, Faust and PostgreSQL, all of them on this machine and without Docker."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from servers_of_compose import kafka, postgres


def main() -> None:
    """Start both, show the city with two agents workers, end both; the exit code is the show's."""
    libraries, more = Path(sys.argv[1]).resolve(), sys.argv[2:]
    folder = tempfile.TemporaryDirectory(prefix="zhiban-kafka-")
    with folder as records, kafka(Path(records), libraries) as broker, postgres() as store:
        words = [sys.executable, "-m", "zhiban", "demo", "--kafka", broker, "--store", store, *more]
        code = subprocess.run(words, check=False).returncode
    sys.exit(code)


if __name__ == "__main__":
    main()
