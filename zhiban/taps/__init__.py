"""One-tap links at work: their keys, what a press does, and the pages that ask before it is done."""
