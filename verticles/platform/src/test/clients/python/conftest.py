"""What the tests share: a client of the gateway, and a look at what the upstream behind it was asked."""

import json
import os
import time
import urllib.parse
import urllib.request
import uuid

import pytest
from openai import OpenAI


@pytest.fixture
def client():
    """A client that never tries again, so that one call is one request."""
    with OpenAI(
        base_url=os.environ["GOTTHARD_URL"] + "/v1",
        api_key=os.environ["GOTTHARD_KEY"],
        max_retries=0,
        timeout=30,
    ) as client:
        yield client


@pytest.fixture
def external():
    """The same in the SwissAI dialect."""
    with OpenAI(
        base_url=os.environ["GOTTHARD_URL"] + "/api/v1/external",
        api_key=os.environ["GOTTHARD_KEY"],
        max_retries=0,
        timeout=30,
    ) as client:
        yield client


class Upstream:
    """The requests of one test are told from all others by a marker in their body."""

    def __init__(self):
        self.marker = f"marker-{uuid.uuid4()}"

    def asked(self, satisfied=lambda found: len(found) > 0):
        """What the upstream was asked with the marker; waits until that satisfies."""
        deadline = time.monotonic() + 20
        while True:
            found = self._look()
            if satisfied(found):
                return found
            assert time.monotonic() < deadline, f"the upstream was asked only this: {found}"
            time.sleep(0.02)

    def question(self):
        """The body of the only request."""
        (only,) = self.asked()
        return only["body"]

    def abandoned(self):
        """Waits until the upstream saw its connection closed before it had said all."""
        return self.asked(lambda found: len(found) == 1 and found[0]["end"] == "abandoned")

    def _look(self):
        query = urllib.parse.urlencode({"marker": self.marker})
        with urllib.request.urlopen(f"{os.environ['UPSTREAM_URL']}/asked?{query}", timeout=10) as answer:
            return json.load(answer)


@pytest.fixture
def upstream():
    return Upstream()
