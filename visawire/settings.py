"""Scrapy's settings for every crawl. The command line sets the ``VISAWIRE_*`` ones for each run.

Values of the hardening block were measured against loopback servers; docs/decisions.md says why.
"""

import os

import visawire

BOT_NAME = "visawire"
SPIDER_MODULES: list[str] = []
SPIDER_LOADER_CLASS = "spiders.loader.RegisterLoader"

VISAWIRE_ARCHIVE = os.environ.get("VISAWIRE_ARCHIVE", "var/visawire.db")
VISAWIRE_RUN = 0
VISAWIRE_REPLAY = ""
VISAWIRE_REPLAY_AT = ""
VISAWIRE_RECORD = ""
VISAWIRE_FULL = False
#: Hosts that may have private addresses: none in production, a loopback server in tests.
VISAWIRE_PRIVATE_HOSTS = [h for h in os.environ.get("VISAWIRE_PRIVATE_HOSTS", "").split(",") if h]
VISAWIRE_RETRY_AFTER_MAX = 60
VISAWIRE_RETRY_BACKOFF = 2

USER_AGENT = f"visawire/{visawire.__version__} (+https://visawire.invalid/bot)"
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "visawire"

# Politeness: one request at a time to a host, at a fixed pace.
CONCURRENT_REQUESTS = 16
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1
DOWNLOAD_DELAY_JITTER = 0.25
COOKIES_ENABLED = False

# Hostile or broken servers.
DOWNLOAD_MAXSIZE = 20 << 20
DOWNLOAD_WARNSIZE = 5 << 20
DOWNLOAD_TIMEOUT = 30
DNS_TIMEOUT = 10
REDIRECT_MAX_TIMES = 5
DOWNLOAD_VERIFY_CERTIFICATES = True
TWISTED_DNS_RESOLVER = "spiders.resolver.GuardedResolver"
HTTPPROXY_ENABLED = False
DOWNLOAD_HANDLERS = {"file": None, "data": None, "ftp": None, "s3": None}
MEMUSAGE_LIMIT_MB = 768
RETRY_TIMES = 2
RETRY_HTTP_CODES = [429, 500, 502, 503, 504, 522, 524, 408]
#: A name that does not resolve and a refused connection do not get better in seconds.
RETRY_EXCEPTIONS = [
    "scrapy.exceptions.DownloadTimeoutError",
    "scrapy.exceptions.ResponseDataLossError",
    "scrapy.exceptions.DownloadFailedError",
]

# Doors that a crawler opens by default.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "spiders.middlewares.Robots": 100,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "spiders.middlewares.PoliteRetry": 550,
    "spiders.middlewares.Conditional": 585,
    "spiders.middlewares.Record": 940,
    "spiders.middlewares.Replay": 950,
}
SPIDER_MIDDLEWARES = {
    # Readers see every answer: base.SourceSpider tells pages from refusals and failures.
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
}
EXTENSIONS = {"spiders.account.Ledger": 100}
ITEM_PIPELINES = {
    "pipelines.clean.CleanPipeline": 100,
    "pipelines.identify.IdentifyPipeline": 200,
    "pipelines.understand.UnderstandPipeline": 300,
    "pipelines.store.StorePipeline": 900,
}

LOG_LEVEL = "INFO"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
FEED_EXPORT_ENCODING = "utf-8"
