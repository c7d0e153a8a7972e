from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long an example takes is not for a test to say: the first one may load a model.
settings.register_profile("newsfacts", deadline=None)
settings.load_profile("newsfacts")


@pytest.fixture(scope="session")
def server() -> Iterator[None]:
    """Give flows a Prefect server with a database of its own: one for all tests of a worker."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(60), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        logging.getLogger("prefect").setLevel(logging.INFO)
        yield
