"""Cues as data: the words by which a sentence shows the role of a date. Loaded and checked by ``date_rules``."""
