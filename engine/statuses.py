"""The exit statuses."""

DIVERGES, BAD_INPUT, FAULT, INTERRUPTED = 1, 2, 3, 130
