"""The commands of a cluster: its workers and topics, and the move of a city from one database into another."""

from __future__ import annotations

from cyclopts import App

from zhiban.options import HERE, Flag, Folder

topics = App(name="topics")
store_ = App(name="store")


def worker(kind: str, *, metrics_port: int | None = None, folder: Folder = HERE, verbose: Flag = False) -> int:
    """Be one worker of the cluster."""
    from zhiban.cluster.commands import run_worker  # noqa: PLC0415
    from zhiban.logs import set_up_logs  # noqa: PLC0415

    set_up_logs(verbose=verbose)
    return run_worker(kind, folder, metrics_port)


@topics.command(name="create")
def topics_create(*, folder: Folder = HERE) -> int:
    """Create what is missing, alter what differs."""
    from zhiban.cluster.commands import create_topics  # noqa: PLC0415

    return create_topics(folder)


@topics.command(name="check")
def topics_check(*, folder: Folder = HERE, json: Flag = False, exit_code: Flag = False) -> int:
    """Where the topics are not as declared."""
    from zhiban.cluster.commands import check_topics  # noqa: PLC0415

    return check_topics(folder, json=json, exit_code=exit_code)


@store_.command(name="copy")
def store_copy(
    source: str, target: str, /, *, partitions: int | None = None, json: Flag = False, folder: Folder = HERE
) -> int:
    """Move a city from one database into another."""
    from zhiban.commands.moving import copy_store  # noqa: PLC0415

    return copy_store(source, target, partitions, folder, json=json)


@store_.command(name="repartition")
def store_repartition(count: int, /, *, folder: Folder = HERE) -> int:
    """Another number of partitions, with a new epoch."""
    from zhiban.commands.moving import repartition_store  # noqa: PLC0415

    return repartition_store(count, folder)


@store_.command(name="reopen")
def store_reopen(url: str = "", /, *, folder: Folder = HERE) -> int:
    """Take a move back."""
    from zhiban.commands.moving import reopen_store  # noqa: PLC0415

    return reopen_store(url, folder)
