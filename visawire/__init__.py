"""The doors: settings for Scrapy, the command line, the Datasette plugin.

In a wheel the rooms (``spiders``, ``pipelines``, ``feeds``, ``archive``) are inside ``_rooms``, so that only
one top-level name reaches site-packages; in a checkout they stand beside this folder.
"""

import sys
from pathlib import Path

__version__ = "0.1.0"

_rooms = Path(__file__).parent / "_rooms"
_home = str(_rooms if _rooms.is_dir() else Path(__file__).parent.parent)
if _home not in sys.path:
    sys.path.insert(0, _home)
