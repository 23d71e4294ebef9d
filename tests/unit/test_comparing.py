"""What is looked at, what is looked at again, and which figures come of it."""

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils import traffic
from ansible_collections.anchorage.harbor.plugins.module_utils.comparing import Comparing
from ansible_collections.anchorage.harbor.plugins.module_utils.flows import Flow
from ansible_collections.anchorage.harbor.plugins.module_utils.history import Silent
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import HarborStock, Image
from ansible_collections.anchorage.harbor.plugins.module_utils.ledger import Ledger
from ansible_collections.anchorage.harbor.plugins.module_utils.verdict import compare

NOW = datetime(2026, 1, 31, 10, tzinfo=timezone.utc)


class Answers:
    """A Harbor that says the same for good, by path."""

    def __init__(self, answers):
        self.answers = answers

    def list(self, path, query=None):
        return self.answers[path]

    get = list

    @staticmethod
    def map(function, items):
        return [function(item) for item in items]


def test_a_cache_of_another_registry_and_what_does_not_flow_are_not_looked_at():
    projects = [{"name": "team", "repo_count": 1}, {"name": "cache", "repo_count": 1, "registry_id": 3},
                {"name": "empty", "repo_count": 0}, {"name": "other", "repo_count": 1}]
    row = {"repository_name": "team/api", "digest": "1", "tags": [{"name": "1"}]}
    stock = HarborStock(Answers({"/projects": projects, "/projects/team/artifacts": [row]}), True, False)
    found = stock.read(lambda project: project != "other")
    assert list(found.projects) == ["team", "empty"] and list(found.tags) == [("team/api", "1")]


def test_lag_is_the_age_of_the_oldest_that_waits():
    flow = Flow("a", "b")
    comparing = Comparing([{"name": name, "type": "harbor"} for name in "ab"], [flow], Ledger(None))
    for minutes, tag in ((5, "1"), (9, "2")):
        pushed = (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.123Z")
        comparing.sites["a"].inventory.tags["team/api", tag] = Image("x", pushed)
    stocks = {name: site.inventory for name, site in comparing.sites.items()}
    for logs, lag in (({name: Silent({"team"}) for name in "ab"}, 540), ({}, 0)):  # missing, and not known
        result = compare(comparing.pairs[0], stocks, logs, comparing.ledger.page(comparing.pairs[0]))
        assert comparing.flow(flow, [result], NOW)["lag_seconds"] == lag


@pytest.mark.parametrize("status, total, minutes, failed, stuck", [
    ("Failed", 1, 3, 0, 0), ("Failed", 1, 5, 1, 0), ("Failed", 0, 0, 1, 0), ("Failed", 1, 1500, 0, 0),
    ("InProgress", 0, 4, 0, 0), ("InProgress", 0, 6, 0, 1), ("InProgress", 1, 6, 0, 0)])
def test_what_fails_or_hangs_for_good(status, total, minutes, failed, stuck):
    begun = (datetime.now(timezone.utc) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    class Harbor(Answers):
        def get(self, path, query=None):
            found = self.answers[path]
            return [run for run in found if run["status"] == query["status"]] if query else found

    queue = {"job_type": "REPLICATION", "count": 2, "latency": 7}
    run = {"status": status, "total": total, "start_time": begun}
    found = traffic.traffic(Harbor({"/jobservice/queues": [queue], "/replication/executions": [run]}))
    assert found == {"waiting": 2, "latency_seconds": 7, "paused": False, "failed": failed, "stuck": stuck}
