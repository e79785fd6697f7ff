"""Where the browsing files of the archive lie, and what ``metadata.yaml`` says.

Found relative to this package, so that they are the same in a checkout and in an installed wheel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

import archive

_HERE = Path(archive.__file__).parent

METADATA = _HERE / "metadata.yaml"
TEMPLATES = _HERE / "templates"
STATIC = _HERE / "static"

#: The database's name in metadata, templates and addresses, whatever the file is called.
DATABASE = "visawire"


def load_metadata() -> dict[str, Any]:
    """The Datasette metadata as a new dict (titles, licences, column descriptions, canned queries)."""
    with METADATA.open(encoding="utf-8") as file:
        loaded: dict[str, Any] = yaml.safe_load(file)
    return loaded


def tables(metadata: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The entries of the public tables, by table name, in the order of the file."""
    every: dict[str, dict[str, Any]] = metadata["databases"][DATABASE]["tables"]
    return {name: entry for name, entry in every.items() if not entry.get("hidden")}
