"""The layers of a recorded model, and what becomes of them in other frameworks."""
