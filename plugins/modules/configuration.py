#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Harbor's system settings, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: configuration
short_description: Keep the system settings of Harbor
version_added: 0.1.0
description:
  - Changes the settings that are named; all others stay as they are.
  - Harbor checks the settings of one task together, and changes none when it refuses one.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - Harbor keeps settings in memory for up to a minute, so that a look right after a change may still show the old
    value while others look too.
  - Where core runs with C(CONFIG_OVERWRITE_JSON), Harbor lets nobody change settings; that is told before anything
    is written.
options:
  auth_mode:
    description:
      - How users log in - V(db_auth) against Harbor's own list, V(ldap_auth) against a directory,
        V(oidc_auth) with OpenID Connect, V(uaa_auth) with UAA, V(http_auth) through an authentication proxy.
      - Harbor changes it only while it has no users beside C(admin). Harbor's own default is V(db_auth).
    type: str
    choices: [db_auth, ldap_auth, oidc_auth, uaa_auth, http_auth]
  primary_auth_mode:
    description: With V(oidc_auth) or V(http_auth) for O(auth_mode), the page of login goes there at once instead of
      offering a choice. Harbor's own default is V(false).
    type: bool
  self_registration:
    description: Whether people can make their own accounts; for V(db_auth) only. Harbor's own default is V(false).
    type: bool
  project_creation_restriction:
    description: Who may create projects. Harbor's own default is V(everyone).
    type: str
    choices: [everyone, adminonly]
  read_only:
    description:
      - Whether Harbor refuses all changes and pushes; pulls go on.
      - When a task of M(anchorage.harbor.apply) sets it to V(true), that is done after everything else.
        Harbor's own default is V(false).
    type: bool
  token_expiration:
    description: Minutes for which a token of the registry counts. Harbor's own default is V(30).
    type: int
  session_timeout:
    description: Minutes without a request after which a session of the web page ends. Harbor's own default is V(60).
    type: int
  robot_token_duration:
    description: Days for which a new robot counts when nobody says otherwise in the web page. Harbor's own default
      is V(30).
    type: int
  robot_name_prefix:
    description:
      - Text before the name of each robot, 1 to 64 characters. A change renames all robots at once, and they
        log in under the new name only.
      - Harbor's own default is V(robot$).
    type: str
  quota_per_project_enable:
    description:
      - Whether storage is counted and limited. Images that are pushed to a project made while this was
        V(false) cannot be deleted after it is V(true) again.
      - Harbor's own default is V(true).
    type: bool
  storage_per_project:
    description: Storage limit of new projects, such as V(20GiB); V(-1) for none, Harbor's own default.
    type: str
  notification_enable:
    description: Whether webhooks are sent at all. Harbor's own default is V(true).
    type: bool
  audit_log_forward_endpoint:
    description: Syslog server, C(host:port), that gets the audit log too. Harbor connects to it when it is set, and
      refuses one that does not answer. An empty text ends it.
    type: str
  skip_audit_log_database:
    description: Whether the audit log is only forwarded and no longer kept in the database. Needs
      O(audit_log_forward_endpoint). Harbor's own default is V(false).
    type: bool
  disabled_audit_log_event_types:
    description: Events that the audit log leaves out, such as V(login_user) or V(pull_artifact). From Harbor 2.13.
      An empty list logs all, Harbor's own default.
    type: list
    elements: str
  scanner_skip_update_pulltime:
    description: Whether a scanner's pull leaves the time of the last pull of an image alone. Harbor's own default is
      V(false).
    type: bool
  banner_message:
    description: Message above each web page, a text of JSON with C(message), C(type) (C(info), C(success),
      C(warning) or C(danger)), C(closable), C(fromDate) and C(toDate) (C(MM/DD/YYYY)). Compared as JSON.
      An empty text removes it.
    type: str
  ldap_url:
    description: For LDAP. Address of the directory, such as V(ldaps://ldap.example.org). Cannot be emptied again.
    type: str
  ldap_base_dn:
    description: For LDAP. Where users are looked for. Cannot be emptied again.
    type: str
  ldap_uid:
    description: For LDAP. Attribute that holds the user's name. Cannot be emptied again. Harbor's own default is
      V(cn).
    type: str
  ldap_filter:
    description: For LDAP. Filter of users.
    type: str
  ldap_scope:
    description: For LDAP. How deep users are looked for; V(0) the entry alone, V(1) one level, V(2) all below.
      Harbor's own default is V(2).
    type: int
  ldap_search_dn:
    description: For LDAP. Who looks for users. Empty for a search without a login.
    type: str
  ldap_search_password:
    description: For LDAP. Password of O(ldap_search_dn). Harbor never shows it again; O(update_secret) says when it
      is sent, and it goes along with a change of O(ldap_search_dn).
    type: str
  ldap_timeout:
    description: For LDAP. Seconds after which a search is given up, at least 1. Harbor's own default is V(5).
    type: int
  ldap_verify_cert:
    description: For LDAP. Whether the directory's certificate is checked. Harbor's own default is V(true).
    type: bool
  ldap_group_base_dn:
    description: For LDAP. Where groups are looked for.
    type: str
  ldap_group_search_filter:
    description: For LDAP. Filter of groups. Needs O(ldap_group_attribute_name) and
      O(ldap_group_membership_attribute).
    type: str
  ldap_group_attribute_name:
    description: For LDAP. Attribute that holds the group's name.
    type: str
  ldap_group_search_scope:
    description: For LDAP. How deep groups are looked for, as with O(ldap_scope). Harbor's own default is V(2).
    type: int
  ldap_group_admin_dn:
    description: For LDAP. Group whose members administer Harbor. Harbor keeps it in lower case.
    type: str
  ldap_group_membership_attribute:
    description: For LDAP. Attribute of a user that names its groups. Harbor's own default is V(memberof).
    type: str
  ldap_group_attach_parallel:
    description: For LDAP. Whether the groups of a user are looked up side by side. From Harbor 2.12. Harbor's own
      default is V(false).
    type: bool
  oidc_name:
    description: For OIDC. Name of the provider on the page of login.
    type: str
  oidc_endpoint:
    description: For OIDC. Address of the provider, beginning with C(https://).
    type: str
  oidc_client_id:
    description: For OIDC. Harbor's name at the provider.
    type: str
  oidc_client_secret:
    description: For OIDC. Harbor's secret at the provider. Nobody can ask whether the stored one still works, so
      V(when_stale) of O(update_secret) leaves it; it goes along with a change of O(oidc_client_id).
    type: str
  oidc_scope:
    description: For OIDC. Scopes with commas between them; C(openid) is one of them.
    type: str
  oidc_groups_claim:
    description: For OIDC. Claim that holds the groups of a user.
    type: str
  oidc_admin_group:
    description: For OIDC. Group whose members administer Harbor.
    type: str
  oidc_group_filter:
    description: For OIDC. Regular expression of the groups that Harbor takes over.
    type: str
  oidc_user_claim:
    description: For OIDC. Claim that holds the user's name.
    type: str
  oidc_verify_cert:
    description: For OIDC. Whether the provider's certificate is checked. Harbor's own default is V(true).
    type: bool
  oidc_auto_onboard:
    description: For OIDC. Whether new users get their name from O(oidc_user_claim) instead of being asked. Harbor's
      own default is V(false).
    type: bool
  oidc_extra_redirect_parms:
    description: For OIDC. Further parameters of the way to the provider, names and texts. Replaced whole.
    type: dict
  oidc_logout:
    description: For OIDC. Whether a logout also ends the session at the provider. From Harbor 2.13. Harbor's own
      default is V(false).
    type: bool
  uaa_client_id:
    description: For UAA. Harbor's name at UAA.
    type: str
  uaa_client_secret:
    description: For UAA. Harbor's secret at UAA. Harbor shows it to administrators, so it is compared, and sent only
      when it differs; it is never shown here.
    type: str
  uaa_endpoint:
    description: For UAA. Address of UAA.
    type: str
  uaa_verify_cert:
    description: For UAA. Whether UAA's certificate is checked. Harbor's own default is V(false).
    type: bool
  http_authproxy_endpoint:
    description: For an authentication proxy. Address of the proxy.
    type: str
  http_authproxy_tokenreview_endpoint:
    description: For an authentication proxy. Address where tokens are reviewed.
    type: str
  http_authproxy_admin_groups:
    description: For an authentication proxy. Groups whose members administer Harbor, with commas between them.
    type: str
  http_authproxy_admin_usernames:
    description: For an authentication proxy. Users who administer Harbor, with commas between them.
    type: str
  http_authproxy_verify_cert:
    description: For an authentication proxy. Whether its certificate is checked. Harbor's own default is V(true).
    type: bool
  http_authproxy_skip_search:
    description: For an authentication proxy. Whether users and groups become members of projects without being
      looked for at the proxy. Harbor's own default is V(false).
    type: bool
  http_authproxy_server_certificate:
    description: For an authentication proxy. Its certificate in PEM form, to be trusted.
    type: str
  update_secret:
    description:
      - When O(ldap_search_password) and O(oidc_client_secret) are sent besides the changes that take them along.
        V(on_create) never, since settings exist always; V(always) on each run.
      - V(when_stale) leaves O(oidc_client_secret), and sends O(ldap_search_password) when Harbor's own test of the
        directory says that the stored one is refused, also in check mode. While nobody can tell - the directory is
        down, or users do not log in with V(ldap_auth) - it stays, with a warning.
      - By default V(on_create).
    type: str
    choices: [on_create, always, when_stale]
"""

EXAMPLES = r"""
- name: Projects are made by administrators, and sessions are short
  anchorage.harbor.configuration:
    project_creation_restriction: adminonly
    session_timeout: 20
    robot_token_duration: 90

- name: Where Harbor finds users, once users log in against the directory
  anchorage.harbor.configuration:
    ldap_url: ldaps://ldap.example.org
    ldap_base_dn: ou=people,dc=example,dc=org
    ldap_uid: uid
    ldap_search_dn: cn=harbor,dc=example,dc=org
    ldap_search_password: "{{ vault_ldap_password }}"

- name: Limit what new projects may hold
  anchorage.harbor.configuration:
    storage_per_project: 50GiB
"""

RETURN = r"""
steps:
  description: What was done, or would be in check mode, in the order of the plan. Empty when nothing is to do.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(update) or V(delete).
      type: str
      returned: always
    kind:
      description: Sort of the item.
      type: str
      returned: always
    name:
      description: Name of the item; behind the name of its project, where it lies in one.
      type: str
      returned: always
    changes:
      description: By option, its value C(before) and C(after). Secrets are hidden.
      type: dict
      returned: always
  sample:
    - {action: update, kind: project, name: web, changes: {severity: {before: none, after: high}}}
done:
  description: Steps that were carried out before another one failed.
  returned: failure of a step
  type: list
  elements: str
  sample: []
failed_steps:
  description: Steps that failed.
  returned: failure of a step
  type: list
  elements: str
  sample: ["update project web"]
not_tried:
  description: Steps that were left alone because an earlier one failed.
  returned: failure of a step
  type: list
  elements: str
  sample: []
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_kind
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.configuration import CONFIGURATION


def main():
    run_kind(CONFIGURATION)


if __name__ == "__main__":
    main()
