"""Publishes: the archive's rows become feeds and pages. Reads the archive, never the network or the clock."""
