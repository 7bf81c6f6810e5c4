"""The command line. Exit codes: 0 done, 1 the check found something, 2 bad input (the message names it)."""

from __future__ import annotations

import asyncio
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, CycloptsError, Parameter

from zhiban.words import ask_for, say

if TYPE_CHECKING:
    from zhiban.commands.opened import Opened

ABOUT = """值班：政府网站与政务新媒体的持续监测。Watches by the inspectors' own rules.

`--lang zh|en`：屏幕语言，任何命令都可用。The language of screens, with every command.
"""
app = App(name="zhiban", help=ABOUT)
registry = App(name="registry", help="名录：导入与核对。")
channels = App(name="channels", help="通知渠道。")
app.command(registry)
app.command(channels)
topics = App(name="topics", help="Kafka 主题：创建与核对。")
app.command(topics)

Json = Annotated[bool, Parameter(negative=())]
Folder = Annotated[Path, Parameter(name=["--dir", "-C"])]
HERE = Path()


def main() -> None:
    """Run the command that was asked for."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command and return its exit code; bad input is one line on stderr and 2."""
    from zhiban.commands.faults import BAD_INPUT  # noqa: PLC0415 - `--help` must not wait for the whole house

    try:
        result = app(ask_for(arguments), exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:  # it has said what was wrong with the words
        return 2
    except BAD_INPUT as error:
        print(f"zhiban: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return int(result or 0)


def _opened(folder: Path) -> Opened:
    from zhiban.commands.opened import Opened  # noqa: PLC0415

    return Opened(folder)


def _moment(text: str) -> datetime:
    from zhiban.commands.trying import when  # noqa: PLC0415

    return when(text)


@app.command
def demo(
    *, seed: int = 1, days: int = 14, keep: Path | None = None, json: Json = False, without: tuple[str, ...] = (),
    kafka: tuple[str, ...] = (), store: str = "",
) -> int:  # fmt: skip
    """演示：一座虚拟城市的两周，在一分钟内。A synthetic city's fortnight, in a minute.

    `--kafka HOST:PORT --store URL`：在集群上演示。On a cluster.
    """
    from zhiban.commands.demo import demo as show  # noqa: PLC0415

    return show(seed, days, keep, without, kafka, store, json=json)


@app.command
def init(folder: Path) -> int:
    """新建工作目录：配置、名录和来源表的模板。Make a working directory with commented templates."""
    from zhiban.commands.init import init as make  # noqa: PLC0415

    return make(folder)


@app.command
def run(*, folder: Folder = HERE, verbose: bool = False, trust_clock: bool = False) -> int:
    """开始值班。Keep watch.

    时钟跳变一天以上时先与各站点核对；`--trust-clock` 表示时钟无误。After a jump of the clock, it is right.
    """
    from zhiban.commands.running import run as watch  # noqa: PLC0415
    from zhiban.config import load_config  # noqa: PLC0415
    from zhiban.logs import set_up_logs  # noqa: PLC0415

    set_up_logs(verbose=verbose)
    asyncio.run(watch(load_config(folder / "zhiban.toml"), folder, trust_clock=trust_clock))
    return 0


@app.command
def poll(*, once: bool = False, folder: Folder = HERE, verbose: bool = False) -> int:
    """读取一轮到期的来源后退出（--once）。One round of what is due, then exit."""
    from zhiban.commands.running import poll_once  # noqa: PLC0415
    from zhiban.config import load_config  # noqa: PLC0415
    from zhiban.logs import set_up_logs  # noqa: PLC0415

    if not once:
        raise ValueError("poll: expected --once; `zhiban run` keeps on")
    set_up_logs(verbose=verbose)
    looks = asyncio.run(poll_once(load_config(folder / "zhiban.toml"), folder))
    print(say("made", looks=looks), file=sys.stderr)
    return 0


@app.command(name="try")
def try_(*targets: str, connector: str = "", base_url: str = "", json: Json = False, folder: Folder = HERE) -> int:
    """看看某个地址或文件在值班眼里是什么样，不保存任何东西。What Zhiban sees there, storing nothing."""
    from zhiban.commands.trying import try_command  # noqa: PLC0415

    return try_command(targets, connector, base_url, folder, json=json)


@app.command
def replay(
    *files: Path, registry: Path, sources: Path, until: str = "", json: Json = False, state: str = "open",
    mapping: Path | None = None, folder: Folder = HERE,
) -> int:  # fmt: skip
    """把录下的响应（WARC）按当时的时间重放。Recorded responses through the pipeline at their own times."""
    from zhiban.commands.replay import replay as play  # noqa: PLC0415

    end = _moment(until) if until else None
    return play(files, [registry, sources], end, folder, state=state, json=json, mapping=mapping)


@app.command
def findings(
    *, at: str = "", state: str = "open", json: Json = False, exit_code: bool = False, folder: Folder = HERE
) -> int:
    """现在（或当时）有哪些问题。What is open, as of --at."""
    return _opened(folder).findings(at, state, json=json, exit_code=exit_code)


@app.command
def alerts(*, at: str = "", state: str = "open", json: Json = False, folder: Folder = HERE) -> int:
    """问题在人手里的状态。Alerts and incidents."""
    return _opened(folder).alerts(at, state, json=json)


@app.command
def looks(*, at: str = "", json: Json = False, folder: Folder = HERE) -> int:
    """每个来源最近一次读取的结果。The last look of every source."""
    return _opened(folder).looks(at, json=json)


@app.command
def inspect(
    *, at: str = "", from_: Annotated[date | None, Parameter(name="--from")] = None, to: date | None = None,
    json: Json = False, exit_code: bool = False, folder: Folder = HERE,
) -> int:  # fmt: skip
    """模拟检查：每个对象合格、不合格还是未知；给出时间段则取最差的一天。Mock inspection, or a window's worst day."""
    return _opened(folder).inspect(at, from_, to, json=json, exit_code=exit_code)


@app.command
def forecast(*, on: date, json: Json = False, folder: Folder = HERE) -> int:
    """如果什么都不变，到那一天会怎样。What would be judged on that day if nothing changes."""
    return _opened(folder).forecast(on, json=json)


@app.command
def evidence(finding: str, *, out: Path | None = None, json: Json = False, folder: Folder = HERE) -> int:
    """一个问题所依据的原始响应。The recorded response that a finding cites."""
    return _opened(folder).evidence(finding, out, json=json)


@app.command
def quarantine(*, again: bool = False, json: Json = False, folder: Folder = HERE) -> int:
    """搁置的坏数据；`--again` 重读，能读的放回。Pieces put aside; `--again` gives back what can be read now."""
    return _opened(folder).quarantine(again=again, json=json)


@app.command
def rules(rule: str = "", *, json: Json = False, folder: Folder = HERE) -> int:
    """检查什么、依据是什么。What is judged, and why."""
    return _opened(folder).show_rules(rule, json=json)


@app.command
def doctor(*, json: Json = False, folder: Folder = HERE, network: bool = False) -> int:
    """检查配置、数据库和环境。Configuration, database and surroundings."""
    from zhiban.commands.doctor import doctor as examine  # noqa: PLC0415

    return examine(folder, json=json, network=network)


@registry.command(name="import")
def registry_import(
    *files: Path, mapping: Path | None = None, json: Json = False, exit_code: bool = False, folder: Folder = HERE
) -> int:
    """导入名录和来源表（CSV、XLSX）。Import registries and lists of sources."""
    return _opened(folder).registry_import(files, mapping, json=json, exit_code=exit_code)


@registry.command(name="check")
def registry_check(
    *files: Path, mapping: Path | None = None, json: Json = False, exit_code: bool = False, folder: Folder = HERE
) -> int:
    """核对：导入会改变什么，但不导入。What an import would change."""
    return _opened(folder).registry_check(files, mapping, json=json, exit_code=exit_code)


@channels.command(name="test")
def channels_test(channel: str, to: str = "", *, folder: Folder = HERE) -> int:
    """发一封测试通知。Send a test letter."""
    return _opened(folder).channels_test(channel, to)


@app.command
def worker(kind: str, *, folder: Folder = HERE, verbose: bool = False) -> int:
    """集群工作进程：connectors、agents、desk、senders、web。One worker of the cluster."""
    from zhiban.cluster.commands import run_worker  # noqa: PLC0415
    from zhiban.logs import set_up_logs  # noqa: PLC0415

    set_up_logs(verbose=verbose)
    return run_worker(kind, folder)


@topics.command(name="create")
def topics_create(*, folder: Folder = HERE) -> int:
    """创建缺少的主题，改正不符的设置。Create what is missing, alter what differs."""
    from zhiban.cluster.commands import create_topics  # noqa: PLC0415

    return create_topics(folder)


@topics.command(name="check")
def topics_check(*, folder: Folder = HERE, json: Json = False, exit_code: Json = False) -> int:
    """核对主题与设置。Where the topics are not as declared."""
    from zhiban.cluster.commands import check_topics  # noqa: PLC0415

    return check_topics(folder, json=json, exit_code=exit_code)
