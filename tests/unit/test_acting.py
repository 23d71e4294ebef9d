"""When is a run over, and is nothing started twice? The words of runs as tables, and whole runs against a Harbor that
is a script, with a clock that moves only when somebody waits.
"""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.action import CALM, RETRIED, Run
from ansible_collections.anchorage.harbor.plugins.module_utils.actions import DELETED, REPLICATION, RETENTION
from ansible_collections.anchorage.harbor.plugins.module_utils.acting import Acting
from ansible_collections.anchorage.harbor.plugins.module_utils.chores import GARBAGE_COLLECTION, SCAN_ALL
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, HarborError, LostAnswer

# Harbor's word, tasks in all, succeeded, failed, stopped: what it is, and for how many seconds it must stay so until it
# is believed, where failed tasks are tried again and where they are not
STATES = [
    ("InProgress", 0, 0, 0, 0, "running", None, None),
    ("Pending", 0, 0, 0, 0, "running", None, None),
    ("InProgress", 3, 1, 0, 0, "running", None, None),
    ("InProgress", 3, 2, 1, 0, "failed", RETRIED, CALM),
    ("InProgress", 3, 3, 0, 0, "succeeded", CALM, CALM),
    ("Succeed", 3, 3, 0, 0, "succeeded", 0, 0),
    ("Succeed", 0, 0, 0, 0, "succeeded", 0, 0),
    ("Success", 0, 0, 0, 0, "succeeded", 0, 0),
    ("Failed", 0, 0, 0, 0, "failed", 0, 0),
    ("Failed", 3, 2, 1, 0, "failed", RETRIED, 0),
    ("Failed", 3, 1, 1, 0, "running", None, None),
    ("Error", 0, 0, 0, 0, "failed", 0, 0),
    ("Stopped", 3, 1, 0, 0, "stopped", 0, 0),
    ("Stopped", 3, 1, 0, 2, "stopped", 0, 0),
    ("InProgress", 3, 1, 0, 2, "stopped", CALM, CALM),
    ("Stopped", 3, 1, 1, 1, "failed", RETRIED, CALM),
]


@pytest.mark.parametrize("word, total, succeeded, failed, stopped, status, retried, else_", STATES)
def test_what_a_run_is(word, total, succeeded, failed, stopped, status, retried, else_):
    run = Run(1, word, total=total, succeeded=succeeded, failed=failed, stopped=stopped)
    assert run.status == status
    if status != "running":
        assert (run.patience(True), run.patience(False)) == (retried, else_)


class Script:
    """A Harbor whose lists of runs are frames, each shown from a second on."""

    def __init__(self, frames, posts=(), tasks=()):
        self.frames, self.posts, self.all_tasks = frames, list(posts), tasks
        self.now, self.posted, self.told, self.version = 0, [], [], "v2.15.2-abc"

    def pause(self, seconds):
        self.now += seconds

    def clock(self):
        return self.now

    def shown(self):
        return [rows for since, rows in self.frames if since <= self.now][-1]

    def get(self, path, query=None):
        rows = self.shown()
        last = path.rpartition("/")[2]
        return next(row for row in rows if row["id"] == int(last)) if last.isdigit() else rows

    def find(self, path, key, value, query=None):
        return [{"id": 7, "name": value, "enabled": value != "off", "metadata": {"retention_id": "7"}}]

    def list(self, path, query=None):
        return list(self.all_tasks)

    def post(self, path, body):
        self.posted.append((path, body))
        found = self.posts.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def run(self, action=REPLICATION, **params):
        options = {"wait": True, "timeout": 3600, "when_running": "join", "policy": "p", "project": "p"}
        result, act = Acting(action, self, dict(options, **params), self.clock).prepare()
        return result, lambda: act(self.told.append)


def row(number, status="InProgress", trigger="manual", **counts):
    return {"id": number, "status": status, "trigger": trigger, "total": 0, **counts}


DONE = row(5, "Succeed", total=2, succeed=2)


def test_it_starts_waits_and_tells():
    harbor = Script([(0, []), (4, [row(5, total=2, succeed=1)]), (8, [DONE])], [5],
                    [{"id": 1, "status": "Succeed", "operation": "copy", "src_resource": "a", "dst_resource": "b"}])
    predicted, act = harbor.run()
    harbor.frames[0] = (0, [row(5)])
    assert (predicted["changed"], harbor.posted) == (True, [])
    result = act()
    assert harbor.posted == [("/replication/executions", {"policy_id": 7})]
    assert (result["changed"], result["joined"], result["execution"]["status"]) == (True, False, "succeeded")
    assert result["tasks"] == [{"operation": "copy", "source": "a", "destination": "b"}]
    assert harbor.told[0] == "running" and "1 of 2 tasks done" in harbor.told
    assert harbor.now < 15


def test_what_runs_is_joined():
    harbor = Script([(0, [row(5), row(4, "Succeed")]), (3, [DONE])])
    predicted, act = harbor.run()
    assert (predicted["changed"], predicted["joined"], predicted["execution"]["id"]) == (False, True, 5)
    assert act()["execution"]["id"] == 5
    assert harbor.posted == []


@pytest.mark.parametrize("action, running", [
    (REPLICATION, row(5, trigger="event_based")),
    (RETENTION, row(5, dry_run=True)),
])
def test_another_thing_is_not_joined(action, running):
    predicted, _act = Script([(0, [running])]).run(action, dry_run=False)
    assert (predicted["changed"], predicted["joined"]) == (True, False)


def test_collections_with_other_parameters_are_not_joined():
    running = {"id": 5, "job_status": "Running", "job_parameters": '{"delete_untagged":true,"workers":1}'}
    asked = {"delete_untagged": True, "delete_tag": False, "dry_run": False, "workers": 1}
    for changed, joined in (({}, True), ({"workers": 2}, False), ({"dry_run": True}, False)):
        predicted, _act = Script([(0, [running])]).run(GARBAGE_COLLECTION, **dict(asked, **changed))
        assert predicted["joined"] is joined


def test_the_one_before_is_waited_for():
    harbor = Script([(0, [row(5)]), (6, [DONE, row(6, "Succeed")])], [6])
    predicted, act = harbor.run(when_running="queue")
    assert predicted["changed"]
    assert act()["execution"]["id"] == 6
    assert harbor.now >= 6 and len(harbor.posted) == 1


def test_it_may_refuse_to_join():
    with pytest.raises(HarborError, match=r"already runs \(execution 5\)"):
        Script([(0, [row(5)])]).run(when_running="fail")


LOST = LostAnswer("POST", "/replication/executions", 0, "no answer")


def test_a_lost_answer_is_looked_for():
    harbor = Script([(0, [row(4, "Succeed")]), (0.5, [row(6, trigger="event_based"), DONE, row(4, "Succeed")])], [LOST])
    assert harbor.run()[1]()["execution"]["id"] == 5
    assert len(harbor.posted) == 1


def test_what_was_never_taken_is_sent_again():
    harbor = Script([], [LOST, 5])
    harbor.shown = lambda: [DONE] if len(harbor.posted) == 2 else [row(4, "Succeed")]
    assert harbor.run()[1]()["execution"]["id"] == 5
    assert len(harbor.posted) == 2 and harbor.now > 0


def test_no_third_time():
    harbor = Script([(0, [])], [LOST, LOST])
    with pytest.raises(LostAnswer):
        harbor.run()[1]()
    assert len(harbor.posted) == 2


def test_a_failed_task_is_tried_again():
    """The run reads Failed between two attempts of a task."""
    bad, again = row(5, "Failed", total=1, failed=1), row(5, total=1)
    good = row(5, "Succeed", total=1, succeed=1)
    harbor = Script([(0, [bad]), (100, [again]), (110, [bad]), (200, [again]), (210, [good])], [5])
    assert harbor.run()[1]()["execution"]["status"] == "succeeded"


def test_a_failed_task_that_stays_so():
    task = {"id": 9, "status": "Failed"}
    harbor = Script([(0, [row(5, "Failed", total=1, failed=1, status_text="")])], [5], [task])

    class Answer:
        content = b"one\n\nno space left\n"

    harbor.request = lambda method, path: Answer
    with pytest.raises(HarborError) as error:
        harbor.run()[1]()
    assert str(error.value) == (
        "replication p failed (execution 5): 1 of 1 tasks failed. Its log is at GET "
        "/api/v2.0/replication/executions/5/tasks/9/log, its last lines:\none\nno space left")
    assert error.value.facts["log"] == ["one", "no space left"]
    assert error.value.facts["changed"] and error.value.facts["execution"]["id"] == 5
    assert RETRIED <= harbor.now < RETRIED + 10


def test_a_failure_before_the_first_task_is_final():
    harbor = Script([(0, [row(5, "Failed", status_text="peer is down")])], [5])
    with pytest.raises(HarborError, match=r"^replication p failed \(execution 5\): peer is down\.$"):
        harbor.run()[1]()
    assert harbor.now == 0


def test_waiting_has_an_end():
    harbor = Script([(0, [row(5)])], [5])
    with pytest.raises(HarborError, match="not over after 60 s .* goes on in Harbor") as error:
        harbor.run(timeout=60)[1]()
    assert harbor.now == pytest.approx(60)
    assert error.value.facts["execution"]["status"] == "running"


def test_nobody_has_to_wait():
    harbor = Script([], [5])
    harbor.shown = lambda: [] if not harbor.posted else [row(5)]
    result = harbor.run(wait=False)[1]()
    assert (result["changed"], result["execution"]["status"], harbor.now) == (True, "running", 0)


def test_what_this_harbor_would_ignore_is_refused():
    harbor = Script([(0, [])])
    harbor.version = "v2.14.4"
    asked = {"delete_untagged": False, "dry_run": False, "workers": 1}
    with pytest.raises(HarborError, match="delete_tag needs Harbor 2.15.0"):
        harbor.run(GARBAGE_COLLECTION, delete_tag=True, **asked)
    assert harbor.run(GARBAGE_COLLECTION, delete_tag=False, **asked)[0]["changed"]


@pytest.mark.parametrize("params, text", [
    ({"timeout": 0}, "timeout is 0"),
    ({"policy": "off"}, "policy off is disabled"),
])
def test_what_cannot_be_is_refused(params, text):
    with pytest.raises(HarborError, match=text):
        Script([(0, [])]).run(**params)


def test_a_scan_that_somebody_else_began_is_joined():
    """Harbor gives scans of everything no number, and refuses a second one."""
    harbor = Script([], [ApiError("POST", "/system/scanAll/schedule", 409, "one runs")])
    running, over = {"total": 2, "ongoing": True}, {"total": 2, "metrics": {"Success": 2}, "trigger": "Manual"}
    harbor.shown = lambda: {"total": 0} if not harbor.posted else running if harbor.now < 1 else over
    result = harbor.run(SCAN_ALL)[1]()
    assert (result["changed"], result["joined"], result["execution"]["succeeded"]) == (False, True, 2)


def test_a_scan_that_only_harbor_holds_for_running_is_waited_out():
    """Its tasks are over, its word lags: nothing is joined, and the scan is started once Harbor takes it."""
    refused = ApiError("POST", "/system/scanAll/schedule", 409, "one runs")
    old = {"total": 1, "ongoing": True, "metrics": {"Success": 1}}
    new = {"total": 2, "ongoing": False, "metrics": {"Success": 2}}
    harbor = Script([], [refused, refused, ""])
    harbor.shown = lambda: new if len(harbor.posted) == 3 else old
    result = harbor.run(SCAN_ALL)[1]()
    assert (result["changed"], result["joined"], result["execution"]["succeeded"]) == (True, False, 2)


@pytest.mark.parametrize("action, done, tasks", [
    (REPLICATION, row(5, total=2, succeed=2), []),
    (RETENTION, row(5, "Running"), [{"status": "Success"}]),
])
def test_what_is_over_by_its_tasks_is_not_joined(action, done, tasks):
    harbor = Script([(0, [done])], tasks=tasks)
    assert harbor.run(action, dry_run=False)[0]["joined"] is False


def test_deleted_images_are_read_from_the_log():
    table = """2026-01-31T10:00:00Z [INFO] [/pkg/retention/job.go:1]:
|  Digest      | Tag   | Kind  | Labels | PushedTime | Retention |
|--------------|-------|-------|--------|------------|-----------|
| sha256:1b0a  | v1,v2 | IMAGE | a b    | 2026/01/31 | DEL       |
|              |       |       | c      |            |           |
| sha256:2c0b  | v3    | IMAGE |        | 2026/01/31 | RETAIN    |
| sha256:3d0c  |       | IMAGE |        | 2026/01/31 | DEL       |
"""
    assert [(digest, tags.strip()) for digest, tags in DELETED.findall(table)] == [
        ("sha256:1b0a", "v1,v2"), ("sha256:3d0c", "")]
