"""The API put together from a configuration: for `zhiban run`, and for the web worker."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from starlette.routing import BaseRoute

from agents._pack import Pack
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.rules import Rules
from zhiban.api.folded import Folded
from zhiban.api.intake import Rate
from zhiban.api.serving import Api
from zhiban.api.taking import Intake
from zhiban.config import Config
from zhiban.watch import desk_settings, language_of


def build_api(
    store: Store, clock: Clock, config: Config, base: Path, pack: Pack, rules: Rules, rate: Rate | None = None
) -> BaseRoute:
    """The route of everything under `/api`; without a token it says that the API is off."""
    folded = Folded(store, desk_settings(config, base), language_of(config, base, pack))
    intake = Intake(store, clock, pack.messages)
    api = Api(folded, intake, version=version("zhiban"), rules=rules.version, rate=rate)
    return api.mounted(config.web, config.watch.language)
