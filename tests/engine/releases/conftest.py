"""The command with tiny packages that play frameworks, as for the tests of environments."""

from ..environments.managed.conftest import convparity, wheels

__all__ = ["convparity", "wheels"]
