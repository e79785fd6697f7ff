"""The ground: data models, the SQLite schema, and every read and write of the archive."""
