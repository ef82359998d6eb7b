"""What to write in another framework for a line whose layer slides no window: a norm, an activation, a resize."""
