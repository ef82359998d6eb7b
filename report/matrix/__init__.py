"""The public matrix: what several results files say together, and the pages that show it."""
