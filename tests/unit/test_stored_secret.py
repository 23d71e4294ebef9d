"""Does a stored secret still work? What Harbor says of the directory's password, and what nobody can tell."""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES
from ansible_collections.anchorage.harbor.plugins.module_utils.stored_secret import works

CONFIGURATION = next(resource for resource in RESOURCES if resource.kind == "configuration")
FIELD = CONFIGURATION.field("ldap_search_password")


class Directory:
    """A Harbor whose own test of the directory says this; notes what it was asked."""

    def __init__(self, told):
        self.told, self.body, self.paused = told, None, 0

    def request(self, method, path, body=None):
        assert (method, path) == ("POST", "/ldap/ping")
        self.body = body
        return self

    def json(self):
        return self.told

    def pause(self, seconds):
        self.paused += seconds


def ask(told):
    harbor = Directory(told)
    item = {"ldap_url": "ldaps://new.example.org", "ldap_search_password": "wanted"}
    return works(harbor, FIELD, item, {"id": None, "document": {}, "ldap_url": "ldaps://old.example.org"}), harbor


def test_the_stored_password_is_tried_with_the_wanted_settings():
    good, harbor = ask({"success": True})
    assert good and harbor.body["ldap_url"] == "ldaps://new.example.org" and "wanted" not in str(harbor.body)


def test_only_a_refused_password_is_stale():
    good, harbor = ask({"message": "invalid credential"})
    assert not good and harbor.paused


@pytest.mark.parametrize("message", ["empty password", "server network timeout", None])
def test_what_nobody_can_tell_is_left_alone(message):
    with pytest.raises(ApiError):
        ask({"message": message})
