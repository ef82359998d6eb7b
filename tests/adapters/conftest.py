"""Adapter tests run in the framework's own environment: tox names the adapter in CONVPARITY_TEST_ADAPTER."""

import os

import pytest
from convparity.adapters.adapter import Adapter
from convparity.adapters.registry import adapter_class


@pytest.fixture(scope="session")
def adapter() -> Adapter:
    """The adapter under test, its framework imported."""
    made = adapter_class(os.environ["CONVPARITY_TEST_ADAPTER"])()
    made.pin()
    return made
