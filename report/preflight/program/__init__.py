"""A model's Python source, followed from layer to layer. It is parsed, and never run."""
