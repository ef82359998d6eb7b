"""The entry point of ``python -m convparity``."""

from .cli.main import main

main()
