"""Runs one source's reader over answers held in memory: every request, no network, no reactor."""

from collections import deque

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import Settings
from scrapy.utils.httpobj import urlparse_cached

from archive.edits import PageLook, record
from archive.models import Announcement, PageRead
from pipelines.clean import clean
from pipelines.identify import identify
from spiders.account import Account
from spiders.readers import spider_class
from spiders.recording import url_key
from spiders.register import register


class SmallCrawl:
    """What a crawl of one source asked for and found.

    ``answers`` maps addresses to bodies (text, bytes, or a status and a body); an address without an answer
    gets 500. With an archive the announcements are stored, as the pipelines would.
    """

    def __init__(self, source_id, answers, archive=None, at="2026-03-02T12:00:00Z"):
        self.answers = {url_key(url): answer for url, answer in answers.items()}
        self.archive = archive
        self.asked, self.headers, self.found, self.outcomes, self.read_pages = [], [], [], [], []
        spider_type = spider_class(register()[source_id])
        settings = Settings({"EXTENSIONS": {}, "LOG_LEVEL": "ERROR", "VISAWIRE_REPLAY_AT": at})
        self.spider = spider_type(name=source_id)
        self.spider.crawler, self.spider.settings = Crawler(spider_type, settings), settings
        self.account = self.spider.account = Account(source_id, archive)

    def run(self):
        requests = deque(self.spider.open(url) for url in self.spider.first_urls())
        while requests:
            request = requests.popleft()
            self.asked.append(request.url)
            self.headers.append(request.headers)
            for result in request.callback(self._answer(request)):
                if isinstance(result, Request):
                    requests.append(result)
                elif isinstance(result, PageRead):
                    self.read_pages.append(result)
                elif isinstance(result, PageLook):
                    if self.archive is not None:
                        record(self.archive, result)
                else:
                    self._take(result)
        return self

    def _answer(self, request):
        answer = self.answers.get(url_key(request.url), (500, ""))
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        body = body.encode() if isinstance(body, str) else body
        path = urlparse_cached(request).path
        kind = responsetypes.from_args(url="https://example.org" + path, body=body)
        return (kind or Response)(request.url, status=status, body=body, request=request)

    def _take(self, item: Announcement):
        item = identify(clean(item), self.spider.entry.source)
        self.found.append(item)
        if self.archive is not None:
            self.outcomes.append(self.archive.store(item))

    @property
    def state(self):
        return self.account.check(0, 0, 0).state

    @property
    def error(self):
        return self.account.check(0, 0, 0).error
