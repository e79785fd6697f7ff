"""Finds readers by name: the shapes, and the bespoke readers (modules named by source id)."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

import spiders

if TYPE_CHECKING:
    from spiders.base import SourceSpider
    from spiders.register import Entry


@cache
def _readers() -> dict[str, type[SourceSpider]]:
    from spiders.base import SourceSpider

    found: dict[str, type[SourceSpider]] = {}
    for module_info in pkgutil.iter_modules(spiders.__path__, "spiders."):
        module = importlib.import_module(module_info.name)
        for _, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, SourceSpider) and value.__module__ == module.__name__ and "reader" in vars(value):
                found[value.reader] = value
    return found


def reader_names() -> tuple[str, ...]:
    """Every reader that an entry may name."""
    return tuple(sorted(_readers()))


def spider_class(entry: Entry) -> type[SourceSpider]:
    """The spider of one source: its reader's class, bound to its entry. Checks the reader's options."""
    reader = _readers()[entry.reader]
    bound: type[SourceSpider] = type(reader.__name__, (reader,), {"name": entry.id, "entry": entry})
    bound.check_options(entry)
    return bound
