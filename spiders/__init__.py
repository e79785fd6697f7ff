"""Reads sources: the register, one reader per shape of page, and the middlewares of the crawl."""
