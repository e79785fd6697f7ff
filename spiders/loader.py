"""Binds register entries to readers by Scrapy's spider-loader protocol: ``scrapy list`` lists the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spiders.readers import spider_class
from spiders.register import RegisterError, find, register

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.settings import BaseSettings


class RegisterLoader:
    """``SPIDER_LOADER_CLASS``: every entry of the register is a spider whose name is the entry's id."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> RegisterLoader:
        return cls()

    def load(self, spider_name: str) -> type[Spider]:
        """The spider of a source. Raises ``KeyError`` for an unknown id, as Scrapy expects."""
        try:
            return spider_class(find(spider_name, register()))
        except RegisterError as error:
            raise KeyError(str(error)) from error

    def find_by_request(self, request: Request) -> list[str]:
        return [entry.id for entry in register().values() if entry.can_read(request.url)]

    def list(self) -> list[str]:
        return [*register()]
