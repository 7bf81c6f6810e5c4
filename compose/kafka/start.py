"""A real Apache Kafka without Docker: `python start.py FOLDER [--port 9092]`; Ctrl-C or SIGTERM ends it.

Needs a JDK 17 and Maven. The artifacts come from Maven Central once, into FOLDER/libs; the records stay in FOLDER/data.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
HEAP = ("-Xmx512m", "-XX:+UseSerialGC")


def main() -> None:
    """Fetch, format where it is new, and become the broker."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--port", type=int, default=9092)
    words.add_argument("--controller", type=int, default=9093)
    words.add_argument("--only-fetch", action="store_true", help="bring the artifacts, and start nothing")
    asked = words.parse_args()
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            sys.exit(f"start.py: {tool}: not found; a JDK 17 and Maven are needed")
    folder = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    libraries = fetch(folder)
    if asked.only_fetch:
        return
    settings = write_settings(folder, asked.port, asked.controller)
    if not (folder / "data").exists():
        form(libraries, settings)
    java = ["java", *HEAP, "-cp", f"{libraries}/*", "kafka.Kafka", str(settings)]
    (folder / "pid").write_text(str(os.getpid()), encoding="utf-8")  # of the broker that we become
    print(f"Kafka: 127.0.0.1:{asked.port}", flush=True)
    os.execvp("java", java)


def fetch(folder: Path) -> Path:
    """The broker's jars, brought once."""
    libraries = folder / "libs"
    if not libraries.is_dir():
        copy = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
        subprocess.run([*copy, f"-DoutputDirectory={libraries}.part"], check=True)
        Path(f"{libraries}.part").rename(libraries)
    return libraries


def write_settings(folder: Path, port: int, controller: int) -> Path:
    """The properties with this folder's places in them."""
    text = (HERE / "server.properties").read_text(encoding="utf-8")
    for name, value in (("@PORT@", port), ("@CONTROLLER@", controller), ("@DATA@", folder / "data")):
        text = text.replace(name, str(value))
    path = folder / "server.properties"
    path.write_text(text, encoding="utf-8")
    return path


def form(libraries: Path, settings: Path) -> None:
    """Format the data folder, as KRaft wants it once."""
    tool = ["java", "-cp", f"{libraries}/*", "kafka.tools.StorageTool"]
    made = subprocess.run([*tool, "random-uuid"], check=True, capture_output=True, text=True)
    cluster = made.stdout.split()[-1]
    subprocess.run([*tool, "format", "-t", cluster, "-c", str(settings)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
