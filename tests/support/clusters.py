"""A cluster for a test: its folder, topics and database, and workers as processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from streams.partitions import partition_of
from streams.ports.kafka.producing import Entry, Producing
from streams.ports.kafka.schema import decode_record, encode_record
from streams.ports.kafka.topics import admin, create, ends
from streams.ports.store import Store
from streams.ports.store.opening import is_away
from streams.records import BROADCAST, Position, Record
from zhiban.cluster.parts import Parts
from zhiban.config import load_config

ROOT = Path(__file__).parents[2]
_never = threading.Event()


class Cluster:
    """One city on one broker and one database; nothing runs until it is started."""

    def __init__(
        self, folder: Path, kafka: str, store: str, prefix: str, *, partitions: int = 8, more: str = ""
    ) -> None:
        """`more` is added to the configuration, behind [cluster]."""
        self.folder, self.kafka, self.prefix = folder, kafka, prefix
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "zhiban.toml").write_text(
            f'[watch]\nstore = "{store}"\n[cluster]\nkafka = ["{kafka}"]\nprefix = "{prefix}"\n'
            f"partitions = {partitions}\nwithin = 0.02\nsession_timeout = 6.0\n{more}",
            encoding="utf-8",
        )
        self.parts = Parts(load_config(folder / "zhiban.toml"), folder)
        self.store: Store = self.parts.store
        self.layout = self.parts.layout
        with admin([kafka]) as client:
            create(client, self.layout.topics())
        with self.store.write() as tx:
            tx.set_partitions(partitions)

    def close(self) -> None:
        """Let go of the database."""
        self.parts.close()

    def produce(self, log: Sequence[Record]) -> None:
        """Append a log as it is, broadcasts to every partition."""
        count = self.layout.partitions
        everywhere = range(count)
        with self.store.read() as tx:
            epoch = tx.epoch()
        entries = [
            Entry(partition, record.subject, encode_record(record, epoch=epoch))
            for record in log
            for partition in (
                everywhere if isinstance(record.body, BROADCAST) else [partition_of(record.subject, count)]
            )
        ]
        with Producing([self.kafka]) as producing:
            producing.append(self.layout.records, entries)

    @contextmanager
    def workers(self, *kinds: str) -> Iterator[list[subprocess.Popen[bytes]]]:
        """So many workers, ended by SIGTERM at the end; all of them must end well."""
        started = [self.start(kind) for kind in kinds]
        try:
            yield started
        finally:
            for one in started:
                one.send_signal(signal.SIGTERM)
            for one in started:
                one.wait(timeout=60)

    @contextmanager
    def supervised(self, *kinds: str) -> Iterator[Supervisor]:
        """So many workers, each started again when it ends, as systemd or compose would."""
        supervisor = Supervisor(self, kinds)
        try:
            yield supervisor
        finally:
            supervisor.end()

    def start(self, kind: str, *words: str, around: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """One worker, with more words on its command line, and with `around` in its environment; what it says is in
        its log."""
        code = "from zhiban.cli import main; main()"
        command = [sys.executable, "-c", code, "worker", kind, "--dir", str(self.folder), *words]
        with (self.folder / f"{kind}.log").open("ab") as log:
            environment = {**os.environ, "PYTHONPATH": str(ROOT), **(around or {})}
            return subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def records(self) -> list[Record]:
        """Every record that is in the log, partition by partition."""
        count = self.layout.partitions
        places = [TopicPartition(self.layout.records, partition) for partition in range(count)]
        consumer = KafkaConsumer(bootstrap_servers=[self.kafka], enable_auto_commit=False, consumer_timeout_ms=1000)
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        found = [decode_record(Position(1, one.offset + 1), one.value).record for one in consumer]
        consumer.close()
        return [record for record in found if record is not None]

    def lag(self) -> int:
        """How many records have not been applied."""
        with admin([self.kafka]) as client:
            given = sum(ends(client, self.layout.records, self.layout.partitions))
        with self.store.read() as tx:
            return given - sum(tx.progress(partition)[0].offset for partition in range(self.layout.partitions))

    def holders(self) -> int:
        """How many agents workers have partitions now; 0 while they are moving."""
        name = f"{self.prefix}-agents"
        try:
            with admin([self.kafka]) as client:
                group = client.describe_groups([name])[name]
        except KafkaError:  # the first of a group's members makes its coordinator
            return 0
        if group["group_state"] != "Stable":
            return 0
        return sum(bool(member["member_assignment"]) for member in group["members"])

    def await_read(self, seconds: float = 120) -> None:
        """Return when every record has been applied."""

        def done() -> bool:
            try:
                return self.lag() == 0
            except Exception as error:
                if not is_away(error):
                    raise
                return False  # the database is starting up again

        self.wait(done, seconds, "every record applied")

    def wait(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        """Return when `done`; fail with the end of every log where it takes longer."""
        for _ in range(int(seconds / 0.1)):
            if done():
                return
            _never.wait(0.1)
        logs = "\n".join(
            f"{path.name}: {path.read_text(errors='replace')[-1500:]}" for path in self.folder.glob("*.log")
        )
        raise AssertionError(f"not within {seconds} s: {what}\n{logs}")


class Supervisor:
    """Keeps workers running until it is told to end."""

    def __init__(self, cluster: Cluster, kinds: Sequence[str]) -> None:
        self._cluster, self._kinds = cluster, list(kinds)
        self.processes = [cluster.start(kind) for kind in kinds]
        self.restarts = 0
        self._ending = threading.Event()
        self._changing = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def hire(self, kind: str) -> None:
        """One worker more."""
        with self._changing:
            self._kinds.append(kind)
            self.processes.append(self._cluster.start(kind))

    def dismiss(self) -> int:
        """The last one is asked to leave, by SIGTERM; how it ended."""
        with self._changing:
            self._kinds.pop()
            one = self.processes.pop()
        one.send_signal(signal.SIGTERM)
        return one.wait(timeout=60)

    def _watch(self) -> None:
        while not self._ending.wait(0.2):
            with self._changing:
                self._mend()

    def _mend(self) -> None:
        for index, one in enumerate(self.processes):
            if one.poll() is not None:
                self.restarts += 1
                self.processes[index] = self._cluster.start(self._kinds[index])

    def end(self) -> None:
        """Stop watching, and end them all."""
        self._ending.set()
        self._thread.join()
        for one in self.processes:
            one.send_signal(signal.SIGCONT)
            one.send_signal(signal.SIGTERM)
        for one in self.processes:
            try:
                one.wait(timeout=60)
            except subprocess.TimeoutExpired:
                one.kill()
