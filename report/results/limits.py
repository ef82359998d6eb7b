"""The limits on results files that a command may change, apart from the reading of them, which needs NumPy."""

UNPACKED = 128  # MB that compressed results files and the arrays in them may unpack to, all together
