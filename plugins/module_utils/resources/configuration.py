# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Harbor's system settings. Only what is named is sent, so all others stay."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import COMMAS, JSON_TEXT, LOWER, PEM, SIZE
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Probe, Resource

AUTH_MODES = ("db_auth", "ldap_auth", "oidc_auth", "uaa_auth", "http_auth")
LARGEST = 2**31 - 1
# Harbor tests a search password only when it is left out of its own test of the directory.
DIRECTORY = {name: name for name in ("ldap_url", "ldap_search_dn", "ldap_base_dn", "ldap_filter", "ldap_uid",
                                     "ldap_scope", "ldap_verify_cert")}


def setting(name, type="str", **more):  # pylint: disable=redefined-builtin
    empty = {"str": "", "bool": False, "int": 0, "dict": {}, "list": ()}[type]
    return Field(name, type, "%s.value" % name, wire_update=name, **{"default": empty, **more})


def number(name, minimum=1, maximum=LARGEST, **more):
    return setting(name, "int", minimum=minimum, maximum=maximum, **more)


def secret(name, **more):
    return setting(name, secret=True, **more)


def forwarded(item):
    """Harbor refuses to drop its own log as long as nobody else gets it."""
    return "option skip_audit_log_database needs audit_log_forward_endpoint" if (
        item.get("skip_audit_log_database") and not item.get("audit_log_forward_endpoint")) else ""


def grouped(item):
    """What Harbor insists on as soon as groups are looked for."""
    needed = ("ldap_group_attribute_name", "ldap_group_membership_attribute")
    return "option ldap_group_search_filter needs %s" % " and ".join(needed) if (
        item.get("ldap_group_search_filter") and not all(item.get(name) for name in needed)) else ""


CONFIGURATION = Resource("configuration", "configuration", "/configurations", (
    setting("auth_mode", choices=AUTH_MODES),
    setting("primary_auth_mode", "bool"),
    setting("self_registration", "bool"),
    setting("project_creation_restriction", choices=("everyone", "adminonly")),
    setting("read_only", "bool", last_when=True),
    number("token_expiration"),
    number("session_timeout"),
    number("robot_token_duration"),
    setting("robot_name_prefix", pattern=r"(?s).{1,64}", says="give a prefix of 1 to 64 characters"),
    setting("quota_per_project_enable", "bool"),
    setting("storage_per_project", codec=SIZE),
    setting("notification_enable", "bool"),
    setting("audit_log_forward_endpoint", pattern=r"([^\s:/]+:[0-9]{1,5})?", says="give host:port"),
    setting("skip_audit_log_database", "bool"),
    setting("disabled_audit_log_event_types", "list", elements="str", codec=COMMAS, since="2.13.0"),
    setting("scanner_skip_update_pulltime", "bool"),
    setting("banner_message", codec=JSON_TEXT),
    setting("ldap_url", pattern=r"(?i)(ldaps?://)?[^\s/]+", says="give an address such as ldaps://ldap.example.org"),
    setting("ldap_base_dn", pattern=r"(?s).+", says="Harbor cannot empty it again: leave it out"),
    setting("ldap_uid", pattern=r"(?s).+", says="Harbor cannot empty it again: leave it out"),
    setting("ldap_filter"),
    number("ldap_scope", 0, 2),
    setting("ldap_search_dn"),
    secret("ldap_search_password", goes_with="ldap_search_dn",
           probe=Probe("/ldap/ping", DIRECTORY, works="success", refused="invalid credential")),
    number("ldap_timeout"),
    setting("ldap_verify_cert", "bool"),
    setting("ldap_group_base_dn"),
    setting("ldap_group_search_filter"),
    setting("ldap_group_attribute_name"),
    number("ldap_group_search_scope", 0, 2),
    setting("ldap_group_admin_dn", codec=LOWER),
    setting("ldap_group_membership_attribute"),
    setting("ldap_group_attach_parallel", "bool", since="2.12.0"),
    setting("oidc_name"),
    setting("oidc_endpoint", pattern=r"(https://\S+)?", says="give an address that begins with https://"),
    setting("oidc_client_id"),
    secret("oidc_client_secret", goes_with="oidc_client_id"),
    setting("oidc_scope", pattern=r"(.*\bopenid\b.*)?", says="its scopes hold openid"),
    setting("oidc_groups_claim"),
    setting("oidc_admin_group"),
    setting("oidc_group_filter"),
    setting("oidc_user_claim"),
    setting("oidc_verify_cert", "bool"),
    setting("oidc_auto_onboard", "bool"),
    setting("oidc_extra_redirect_parms", "dict", packed=True),
    setting("oidc_logout", "bool", since="2.13.0"),
    setting("uaa_client_id"),
    secret("uaa_client_secret", readable=True),
    setting("uaa_endpoint"),
    setting("uaa_verify_cert", "bool"),
    setting("http_authproxy_endpoint"),
    setting("http_authproxy_tokenreview_endpoint"),
    setting("http_authproxy_admin_groups"),
    setting("http_authproxy_admin_usernames"),
    setting("http_authproxy_verify_cert", "bool"),
    setting("http_authproxy_skip_search", "bool"),
    setting("http_authproxy_server_certificate", codec=PEM),
), key=(), singleton=True, locked="{wire}.editable", rules=(forwarded, grouped))
