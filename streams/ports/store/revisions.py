"""Which version of the tables a store has, beside the newest that we know."""

from __future__ import annotations

from functools import cache

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from streams.ports.store.marks import Refused
from streams.ports.store.opening import MIGRATIONS, Store


def refuse_other_revision(store: Store, name: str, *, may_be_older: bool) -> None:
    """Raise Refused where the tables are of a version that we do not know, or (for a source) of an older one."""
    scripts = _scripts()
    with store.read() as tx:
        found = MigrationContext.configure(tx.connection).get_current_revision()
    head = scripts.get_current_head()
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise Refused("newer", store=name, found=found, expected=head)
    if not may_be_older and found != head:
        raise Refused("older" if found is not None else "no_city", store=name, found=found, expected=head)


@cache
def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)
