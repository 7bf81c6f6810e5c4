"""The loud little catalogue of plug-ins: one module, one class; the module's name is the plug-in's id."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType


class CatalogueError(Exception):
    """A plug-in module does not define exactly one public class that plays the role."""


def catalogue(package: str, group: str = "") -> dict[str, type]:
    """Every plug-in of `package` (its modules but those that begin with `_`), and of the entry points `group`, by id.

    Raises CatalogueError that names the module and what it defines.
    """
    home = importlib.import_module(package)
    names = sorted(module.name for module in pkgutil.iter_modules(home.__path__) if not module.ispkg)
    found = {name: only_class(importlib.import_module(f"{package}.{name}")) for name in names if name[0] != "_"}
    for entry in _declared(group) if group else ():
        if entry.name in found:
            raise CatalogueError(f"{entry.value}: there is a plug-in named {entry.name} already")
        found[entry.name] = entry.load()
    return found


@cache  # every distribution's metadata is read for it, and what is installed changes only with a new start
def _declared(group: str) -> tuple[EntryPoint, ...]:
    """What the installed distributions declare, by name."""
    return tuple(sorted(entry_points(group=group), key=lambda one: one.name))


def only_class(module: ModuleType) -> type:
    """The one public class that a plug-in module defines itself and marks as its plug-in by its name.

    A module's other classes (its state) carry other names: the plug-in's is the module's without underscores.
    """
    wanted = module.__name__.rpartition(".")[2].replace("_", "")
    classes = [cls for _, cls in inspect.getmembers(module, inspect.isclass) if cls.__module__ == module.__name__]
    named = [cls for cls in classes if cls.__name__.lower() == wanted]
    if len(named) != 1:
        defined = ", ".join(sorted(cls.__name__ for cls in classes)) or "none"
        raise CatalogueError(f"{module.__name__}: expected one class named like the module, it defines {defined}")
    return named[0]


def rule_id(name: str) -> str:
    """The rule id of a module: `med_stale` is MED-STALE, and back by lower case and underscores."""
    return name.upper().replace("_", "-")
