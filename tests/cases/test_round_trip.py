"""Whatever convparity prints, it reads: every port is read back as the case it is for, every line as written as itself."""

from convparity.cases import catalogs  # noqa: F401
