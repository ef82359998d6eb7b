"""The layers of a recorded model, and how they behave in other frameworks."""
