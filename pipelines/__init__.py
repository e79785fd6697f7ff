"""One announcement at a time: each stage is a pure function and a thin Scrapy pipeline around it."""
