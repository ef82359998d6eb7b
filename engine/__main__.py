"""``python -m convparity``."""

from .cli import main

main()
