"""A working directory, opened for reading: every command that asks something of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from agents._pack import Pack
from alerts.board import Language, Settings
from alerts.letter import Fate, Letter, Reason
from alerts.outcome import Outcome, outcome
from alerts.words import say
from streams.agent import Agent
from streams.connectors import Response
from streams.days import DAY, start_of
from streams.ports.clock import SystemClock
from streams.ports.store import Store, open_store
from streams.ports.store.marks import refuse_left
from streams.records import Fact
from streams.rules import Rules
from zhiban import words
from zhiban.commands import sheet, showing
from zhiban.commands.aside import print_pieces
from zhiban.commands.cited import evidence_document, print_evidence
from zhiban.commands.registry import run_check, run_import
from zhiban.commands.screen import screen
from zhiban.commands.trying import when
from zhiban.config import Config, load_config
from zhiban.deskwork import clauses_of
from zhiban.reading import Standing, forecast, standing_at, standing_now
from zhiban.registry import Known, applied
from zhiban.sending import Senders, build_channels
from zhiban.setaside import Again, pieces, read_again
from zhiban.telling import begin, tell
from zhiban.watch import desk_settings, store_url
from zhiban.ways import build_connectors, open_evidence, to_json
from zhiban.wiring import load_pack, load_workdays, rules_of


class Opened:
    """One working directory."""

    def __init__(self, folder: Path) -> None:
        """Open `folder`; raises ConfigError where it is none."""
        self.folder = folder
        self.config: Config = load_config(folder / "zhiban.toml")
        words.configure(self.config.watch.language)
        self.console = screen()

    @cached_property
    def pack(self) -> Pack:
        """The rule pack."""
        return load_pack(self.config.watch.pack, self.folder)

    @cached_property
    def rules(self) -> Rules:
        """The rules with our own settings."""
        return rules_of(self.config, self.folder, self.pack)

    @cached_property
    def store(self) -> Store:
        """The store."""
        return open_store(store_url(self.config, self.folder))

    def judge(self) -> None:
        """Have what was told judged now, so that the next command shows it, whether anybody keeps watch or not.

        A watch that is at work finds it done: rows compare positions. In a cluster its agents do it."""
        if self.config.cluster.kafka:
            return
        agent = Agent(self.store, self.rules)
        with self.store.read() as tx:
            partitions = tx.partition_count()
        for partition in range(partitions):
            while agent.catch_up(partition):
                pass

    @cached_property
    def language(self) -> Language:
        """The language of our screens, and the pack's clauses."""
        return Language(words.language(), clauses_of(self.pack), load_workdays(self.config, self.folder))

    @cached_property
    def settings(self) -> Settings:
        """The desk's settings."""
        return desk_settings(self.config, self.folder)

    def standing(self, at: str, *, closed: bool = False) -> Standing:
        """What stands open now, or as of `at`; with what is closed, where it is wanted: that reads the whole ledger.
        For the past alone the desk is folded anew."""
        if at:
            return standing_at(self.store, self.moment(at), self.settings, self.language)
        return standing_now(self.store, self.moment(""), self.settings, self.language, closed=closed)

    def moment(self, at: str) -> datetime:
        """`--at`, or the log's own now."""
        if at:
            return when(at)
        with self.store.read() as tx:
            return tx.log_time(SystemClock().now())

    def say(self, document: Any) -> None:
        """Print one JSON document."""
        sys.stdout.write(to_json(document) + "\n")

    # -- reading -------------------------------------------------------------------------------------------------

    def findings(self, at: str, state: str, *, json: bool, exit_code: bool) -> int:
        """`zhiban findings`."""
        if state not in {"open", "closed", "all"}:
            raise ValueError(words.say("bad.state", found=state))
        standing = self.standing(at, closed=state != "open")
        document = showing.findings_document(standing, self.language, self.store, state)
        if json:
            self.say(document)
        else:
            showing.print_findings(standing, document["findings"], self.language, self.console)
        return 1 if exit_code and document["findings"] else 0

    def looks(self, at: str, *, json: bool) -> int:
        """`zhiban looks`."""
        rows = showing.looks_document(self.store, self.moment(at))
        if json:
            self.say({"looks": rows})
        else:
            showing.print_looks(rows, self.console)
        return 0

    def inspect(self, at: str, first: date | None, last: date | None, *, json: bool, exit_code: bool) -> int:
        """`zhiban inspect`."""
        if (first is None) != (last is None) or (first is not None and last is not None and last < first):
            raise ValueError(words.say("bad.window", first=first, last=last))
        window = (first, last) if first is not None and last is not None else None
        document = showing.inspect_document(
            self.store, self.rules, self.language, self.settings, self.moment(at), window
        )
        if json:
            self.say(document)
        else:
            showing.print_inspection(document, self.console)
        return 1 if exit_code and document["totals"][showing.UNQUALIFIED] else 0

    def forecast(self, on: date, *, json: bool) -> int:
        """`zhiban forecast`: judged at the end of that day."""
        standing = self.standing("")
        moment = start_of(on + DAY) - timedelta(seconds=1)
        if moment <= standing.at:
            raise ValueError(words.say("bad.on", day=on))
        found = forecast(self.store, self.rules, moment)
        document = showing.forecast_document(standing.board, found, self.language, moment)
        if json:
            self.say(document)
        else:
            showing.print_forecast(standing, found, document, self.language, self.console)
        return 0

    def evidence(self, finding: str, out: Path | None, *, json: bool) -> int:
        """`zhiban evidence FINDING`: the id may be cut, as long as it names one matter.

        The screen shows no personal numbers; `--out` writes what was received, byte by byte: it is the evidence.
        """
        cited = self._cited(finding)
        folder = open_evidence(self.config, self.folder, set)
        taken = asyncio.run(folder.fetch(cited))
        if taken is None:
            raise ValueError(words.say("gone.evidence", found=cited, folder=self.config.evidence.folder))
        if out is not None:
            out.write_bytes(taken.answer.body if isinstance(taken.answer, Response) else b"")
        document = evidence_document(finding, cited, taken)
        if json:
            self.say(document)
        else:
            print_evidence(document, taken, self.console, body=out is None)
        return 0

    def _cited(self, finding: str) -> str:
        with self.store.read() as tx:
            named = tx.matters_named(finding)
            if len(named) > 1:
                raise ValueError(words.say("bad.finding.many", found=finding))
            story = tx.story(named[0]) if named else []
        cited = [one.evidence for one in story if one.evidence]
        if not cited:
            raise ValueError(words.say("bad.finding", found=finding))
        return cited[-1]

    def quarantine(self, *, again: bool, json: bool) -> int:
        """`zhiban quarantine`; with `again`, what can be read now goes back into the log, or is looked at."""
        found = [Again(piece, "") for piece in pieces(self.store)]
        if again:
            with self.store.read() as tx:
                refuse_left(tx)
            connectors = build_connectors(self.config.connectors, str(self.folder / "zhiban.toml"), self.folder)
            kept = open_evidence(self.config, self.folder, set)
            found = asyncio.run(read_again(self.store, kept, connectors, SystemClock()))
        rows = [{key: getattr(one.piece, key) for key in ("what", "place", "reason", "at")} for one in found]
        if again:
            rows = [row | {"now": one.fault} for row, one in zip(rows, found, strict=True)]
        if json:
            self.say({"quarantine": rows})
            return 0
        print_pieces(rows, self.console)
        return 0

    def rules_of(self, rule: str) -> list[dict[str, Any]]:
        """One rule of the pack, or all of them."""
        rows = sheet.rules_document(self.pack, self.rules)
        chosen = [row for row in rows if not rule or row["id"] == rule.upper()]
        if not chosen:
            raise ValueError(words.say("bad.rule", found=rule, expected=", ".join(row["id"] for row in rows)))
        return chosen

    def show_rules(self, rule: str, *, json: bool) -> int:
        """`zhiban rules [ID]`."""
        rows = self.rules_of(rule)
        if json:
            self.say({"rules": rows})
        else:
            sheet.print_rules(rows, self.console)
        return 0

    # -- writing -------------------------------------------------------------------------------------------------

    def known(self) -> Known:
        """The registry as the log has it."""
        with self.store.read() as tx:
            return applied(Known(), tx.facts())

    def registry_import(self, files: Sequence[Path], mapping: Path | None, *, json: bool, exit_code: bool) -> int:
        """`zhiban registry import`."""
        now = SystemClock().now()
        kafka = bool(self.config.cluster.kafka) and not self.config.watch.store.startswith("sqlite")
        begin(
            self.store,
            self.rules,
            now,
            self.config.cluster.partitions if kafka else 1,
            "kafka" if kafka else "table",
        )

        def append(facts: Sequence[Fact]) -> None:
            tell(self.store, facts, now)

        language = words.language()
        return run_import(files, self.known, append, mapping=mapping, json=json, exit_code=exit_code, language=language)

    def registry_check(self, files: Sequence[Path], mapping: Path | None, *, json: bool, exit_code: bool) -> int:
        """`zhiban registry check`."""
        language = words.language()
        return run_check(files, self.known, mapping=mapping, json=json, exit_code=exit_code, language=language)

    def channels_test(self, channel: str, to: str) -> int:
        """`zhiban channels test`."""
        found = asyncio.run(self._send_test(channel, to))
        said = words.say("because", what=f"{channel} → {to}", why=words.say(f"fate.{found.fate.value}"))
        self.console.print(f"{said} ({found.answer.code} {found.answer.text})", highlight=False, markup=False)
        return 0 if found.fate is Fate.DELIVERED else 1

    async def _send_test(self, channel: str, to: str) -> Outcome:
        where = str(self.folder / "zhiban.toml")
        built = build_channels(self.config.channels, where, self.folder)
        if channel not in built:
            raise ValueError(words.say("bad.channel", found=channel, expected=", ".join(built)))
        clock = SystemClock()
        senders = Senders(self.store, clock, built)
        now = clock.now()
        language = self.config.watch.language
        subject = say(language, "subject.test", title="值班 Zhiban")
        letter = Letter(
            key=f"test-{now.isoformat()}", channel=channel, to=to, reason=Reason.TEST, thread="test",
            subject=subject, intro=say(language, "intro.test"), language=language, written_at=now,
        )  # fmt: skip
        try:
            answer = await senders.send(channel, built[channel].compose(letter, now))
        finally:
            await senders.aclose()
        return outcome(built[channel], answer, words.language())
