#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that Harbor shall hold, in one task. The options are generated from the modules of the kinds: make docs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: apply
short_description: Keep everything that Harbor holds
version_added: 0.1.0
description:
  - Takes lists of items by kind, reads what Harbor holds, and does what differs - kinds after those that they
    refer to, items that do not depend on each other side by side. Everything is checked before the first write.
  - The options of an item are those of the module for its kind, and mean the same. What an item does not name
    is left as it is.
  - When a step fails, the result tells what was done, what failed and what was not tried.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  configuration:
    description: The item of kind configuration; see M(anchorage.harbor.configuration).
    type: dict
    suboptions:
      auth_mode:
        description:
          - How users log in - V(db_auth) against Harbor's own list, V(ldap_auth) against a directory,
            V(oidc_auth) with OpenID Connect, V(uaa_auth) with UAA, V(http_auth) through an authentication proxy.
          - Harbor changes it only while it has no users beside C(admin). Harbor's own default is V(db_auth).
        type: str
        choices: [db_auth, ldap_auth, oidc_auth, uaa_auth, http_auth]
      primary_auth_mode:
        description: With V(oidc_auth) or V(http_auth) for O(configuration.auth_mode), the page of login goes there at once instead of
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
          O(configuration.audit_log_forward_endpoint). Harbor's own default is V(false).
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
        description: For LDAP. Password of O(configuration.ldap_search_dn). Harbor never shows it again; O(configuration.update_secret) says when it
          is sent, and it goes along with a change of O(configuration.ldap_search_dn).
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
        description: For LDAP. Filter of groups. Needs O(configuration.ldap_group_attribute_name) and
          O(configuration.ldap_group_membership_attribute).
        type: str
      ldap_group_attribute_name:
        description: For LDAP. Attribute that holds the group's name.
        type: str
      ldap_group_search_scope:
        description: For LDAP. How deep groups are looked for, as with O(configuration.ldap_scope). Harbor's own default is V(2).
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
          V(when_stale) of O(configuration.update_secret) leaves it; it goes along with a change of O(configuration.oidc_client_id).
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
        description: For OIDC. Whether new users get their name from O(configuration.oidc_user_claim) instead of being asked. Harbor's
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
          - When O(configuration.ldap_search_password) and O(configuration.oidc_client_secret) are sent besides the changes that take them along.
            V(on_create) never, since settings exist always; V(always) on each run.
          - V(when_stale) leaves O(configuration.oidc_client_secret), and sends O(configuration.ldap_search_password) when Harbor's own test of the
            directory says that the stored one is refused, also in check mode. While nobody can tell - the directory is
            down, or users do not log in with V(ldap_auth) - it stays, with a warning.
          - By default V(on_create).
        type: str
        choices: [on_create, always, when_stale]
  cve_allowlist:
    description: The item of kind cve_allowlist; see M(anchorage.harbor.cve_allowlist).
    type: dict
    suboptions:
      items:
        description: Identifiers such as V(CVE-2024-3094), in any order. An empty list empties it.
        type: list
        elements: str
      expires_at:
        description: Seconds since 1970 at which the list ends; V(0) for never.
        type: int
  scanners:
    description: Items of kind scanner; see M(anchorage.harbor.scanner).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the scanner, 1 to 128 characters; upper and lower case differ.
        type: str
        required: true
      url:
        description: Address of the scanner's adapter, without user, query or blanks. Slashes at its end do not count. No
          two scanners have the same one. Needed to register one.
        type: str
      description:
        description: Text for people.
        type: str
      auth:
        description: How Harbor logs in to the scanner. Harbor's own default is V(none).
        type: str
        choices: [none, Basic, Bearer, APIKey]
      access_credential:
        description:
          - Secret of O(scanners[].auth) - user and password with a colon between them for V(Basic), a token for V(Bearer), a key for
            V(APIKey). At most 512 characters. Needed to register a scanner with O(scanners[].auth).
          - Harbor never shows it again; O(scanners[].update_secret) says when it is sent. Before Harbor 2.14.4 and 2.15.1 it showed
            it, and forgot it with each change of a scanner that came without.
        type: str
      update_secret:
        description:
          - When O(scanners[].access_credential) is sent to a scanner that exists. V(on_create) never, V(always) on each run,
            V(when_stale) when the scanner refuses the one that Harbor has stored; Harbor is asked for that also in check
            mode, and remembers an answer for 30 s.
          - It is always sent together with a change of O(scanners[].auth). By default V(on_create).
        type: str
        choices: [on_create, always, when_stale]
      skip_cert_verify:
        description: Accept any certificate of the scanner. Harbor's own default is V(false).
        type: bool
      use_internal_addr:
        description: Let the scanner fetch images from Harbor's internal address. Harbor's own default is V(false).
        type: bool
      disabled:
        description: Switch the scanner off. Harbor cannot do that with the default one. Harbor's own default is V(false).
        type: bool
      default:
        description: V(true) makes the scanner the default one, instead of the one that was. V(false) is refused, make
          another one the default instead. The first scanner of a Harbor becomes the default by itself.
        type: bool
      state:
        description: V(absent) removes the scanner. When it was the default one there is none, until another becomes it.
        type: str
        choices: [present, absent]
        default: present
  registries:
    description: Items of kind registry; see M(anchorage.harbor.registry).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the registry, at most 64 characters.
        type: str
        required: true
      state:
        description: V(absent) removes the registry. Harbor refuses while a replication policy or a proxy cache
          uses it.
        type: str
        choices: [present, absent]
        default: present
      type:
        description: Sort of the registry. Needed to create one; Harbor cannot change it afterwards.
        type: str
        choices:
          - harbor
          - docker-hub
          - docker-registry
          - aws-ecr
          - azure-acr
          - google-gcr
          - ali-acr
          - huawei-SWR
          - tencent-tcr
          - volcengine-cr
          - jfrog-artifactory
          - quay
          - gitlab
          - dtr
          - github-ghcr
      url:
        description:
          - Address of the registry, without user, query or blanks. Slashes at its end do not count, and
            V(http://) is added.
          - Needed to create one.
        type: str
      description:
        description: Text for people.
        type: str
      insecure:
        description: Accept any certificate. Harbor's own default is V(false).
        type: bool
      credential_type:
        description: How the credentials are used. Counts with O(registries[].access_key) only. Harbor's own default is V(basic).
        type: str
        choices: [basic, oauth, secret]
      access_key:
        description: User or key. An empty text removes the credentials, O(registries[].access_secret) with them. For
          V(tencent-tcr) it begins with C(AKID).
        type: str
      access_secret:
        description:
          - Password, secret or JSON key of O(registries[].access_key).
          - Harbor never shows it again; O(registries[].update_secret) says when it is sent.
        type: str
      update_secret:
        description:
          - When O(registries[].access_secret) is sent to a registry that exists. V(on_create) never, V(always) on each run,
            V(when_stale) when Harbor
            finds that the stored one no longer works; Harbor is asked for that also in check mode.
          - It is always sent together with a change of O(registries[].access_key). By default V(on_create).
        type: str
        choices: [on_create, always, when_stale]
      ca_certificate:
        description: CA of the registry in PEM form. From Harbor 2.15. An empty text removes it.
        type: str
  users:
    description: Items of kind user; see M(anchorage.harbor.user).
    type: list
    elements: dict
    default: []
    suboptions:
      username:
        description: Name of the user, 1 to 255 bytes without C(,) C(") C(~) C(#) C(%) C($) C(+); upper and lower case
          differ. Harbor cannot rename a user.
        type: str
        required: true
      email:
        description: Address of the user, such as V(jo@example.org). No two users have the same one. Needed to create one.
        type: str
      realname:
        description: Name of the person, 1 to 255 bytes without C(,) C(") C(~) C(#) C(%) C($) C(+). Needed to create one.
        type: str
      comment:
        description: Text for people, at most 30 bytes.
        type: str
      sysadmin:
        description: Let the user administrate the whole Harbor. Harbor's own default is V(false).
        type: bool
      password:
        description:
          - Password of the user, 8 to 128 characters with a lower-case letter, an upper-case letter and a digit. Needed
            to create one.
          - Harbor never shows it again; O(users[].update_secret) says when it is sent.
        type: str
      update_secret:
        description:
          - When O(users[].password) is sent for a user who exists. V(on_create) never, V(always) on each run, V(when_stale)
            when the user can no longer log in with it; that is tried also in check mode.
          - Each failed login lets Harbor wait 1.5 s, and refuse the user as long. By default V(on_create).
        type: str
        choices: [on_create, always, when_stale]
      state:
        description: V(absent) removes the user, with all memberships. Name and address are free again.
        type: str
        choices: [present, absent]
        default: present
  user_groups:
    description: Items of kind user_group; see M(anchorage.harbor.user_group).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the group, 1 to 255 characters; upper and lower case differ. For O(user_groups[].type=oidc) the one that the
          provider sends.
        type: str
        required: true
      type:
        description: Sort of its directory. Needed to create one; Harbor cannot change it afterwards.
        type: str
        choices: [ldap, http, oidc]
      ldap_group_dn:
        description: Distinguished name of the group, needed by O(user_groups[].type=ldap). Harbor looks it up when the group is created,
          and cannot change it afterwards. Upper and lower case do not differ.
        type: str
      state:
        description: V(absent) makes Harbor forget the group, and takes it out of all projects.
        type: str
        choices: [present, absent]
        default: present
  preheat_instances:
    description: Items of kind preheat_instance; see M(anchorage.harbor.preheat_instance).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the instance, 1 to 255 characters without blanks, C(%), C(+) and C(/); upper and lower case
          differ.
        type: str
        required: true
      vendor:
        description: Sort of the network. Needed to create one; Harbor cannot change it afterwards.
        type: str
        choices: [dragonfly, kraken]
      endpoint:
        description: Address of the network, without user, query or blanks. Slashes at its end do not count, and V(http://)
          is added. No two instances are created with the same one. Needed to create one.
        type: str
      description:
        description: Text for people.
        type: str
      auth_mode:
        description: How Harbor logs in there. Harbor's own default is V(NONE).
        type: str
        choices: [NONE, BASIC, OAUTH, CUSTOM]
      auth_info:
        description:
          - Secrets of O(preheat_instances[].auth_mode). For V(BASIC) one entry, the user and the password; for V(OAUTH) the entry C(token) and
            the token; for V(CUSTOM) one entry, a header and its value.
          - Harbor never shows them again; O(preheat_instances[].update_secret) says when they are sent. Before Harbor 2.14.4 and 2.15.1 it
            showed them, and forgot them with each change of an instance that came without.
        type: dict
      update_secret:
        description:
          - When O(preheat_instances[].auth_info) is sent to an instance that exists. V(on_create) never, V(always) on each run, V(when_stale)
            when the network refuses those that Harbor has stored; Harbor is asked for that also in check mode.
          - They are always sent together with a change of O(preheat_instances[].auth_mode). By default V(on_create).
        type: str
        choices: [on_create, always, when_stale]
      enabled:
        description: Let policies use the instance. Harbor refuses to switch one off that policies use. Harbor's own default
          is V(false).
        type: bool
      default:
        description: Let the web page offer this instance first. Harbor's own default is V(false).
        type: bool
      insecure:
        description: Accept any certificate. Harbor's own default is V(false).
        type: bool
      state:
        description: V(absent) removes the instance. Harbor refuses while a preheat policy uses it.
        type: str
        choices: [present, absent]
        default: present
  projects:
    description: Items of kind project; see M(anchorage.harbor.project).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Name of the project - lower-case letters and digits, with single C(.), C(_) or C(-) between them.
          - Harbor cannot rename a project.
        type: str
        required: true
      state:
        description: V(absent) removes the project. Harbor refuses while it holds repositories.
        type: str
        choices: [present, absent]
        default: present
      public:
        description: Let everybody pull. Harbor's own default is V(false).
        type: bool
      storage_limit:
        description:
          - Most bytes that the images of the project may take, such as V(20GiB), V(500MiB) or a bare number;
            V(-1) for no limit. At most V(1024TiB).
          - Harbor's own default is its setting C(storage_per_project).
        type: str
      registry:
        description: Name of the registry whose proxy cache this project is. Harbor cannot change it afterwards.
        type: str
      scanner:
        description: Name of the scanner of this project, as in M(anchorage.harbor.scanner). Empty for the default one,
          whichever that is.
        type: str
      prevent_vul:
        description: Refuse pulls of images with vulnerabilities of O(projects[].severity) or worse. Harbor's own default
          is V(false).
        type: bool
      severity:
        description: Lowest severity that counts for O(projects[].prevent_vul). Harbor's own default is V(none).
        type: str
        choices: [none, low, medium, high, critical]
      auto_scan:
        description: Scan each image when it is pushed. Harbor's own default is V(false).
        type: bool
      auto_sbom_generation:
        description: Make a bill of materials of each image when it is pushed. From Harbor 2.11. Harbor's own
          default is V(false).
        type: bool
      enable_content_trust:
        description: Let only images with a Notation signature be pulled. Harbor drops it for proxy caches.
          Harbor's own default is V(false).
        type: bool
      enable_content_trust_cosign:
        description: Let only images with a Cosign signature be pulled. Harbor's own default is V(false).
        type: bool
      reuse_sys_cve_allowlist:
        description: Use the allowlist of the system instead of O(projects[].cve_allowlist). Harbor's own default is V(true).
        type: bool
      cve_allowlist:
        description: Vulnerabilities that do not count, all of them; an empty list clears it. Counts when
          O(projects[].reuse_sys_cve_allowlist) is false.
        type: list
        elements: str
      cve_allowlist_expires_at:
        description: When O(projects[].cve_allowlist) ends to count, in seconds since 1970; V(0) for never, which is
          Harbor's own default.
        type: int
      proxy_speed_kb:
        description: Most KB a second that a proxy cache fetches; V(-1) or V(0) for no limit. From Harbor 2.12,
          proxy caches only.
        type: int
      max_upstream_conn:
        description: Most connections of a proxy cache to its registry; V(-1) or V(0) for no limit. From Harbor
          2.14, proxy caches only.
        type: int
      proxy_cache_local_on_not_found:
        description: Serve what the cache holds when its registry no longer has it. From Harbor 2.15, proxy
          caches only. Harbor's own default is V(false).
        type: bool
  project_members:
    description: Items of kind project_member; see M(anchorage.harbor.project_member).
    type: list
    elements: dict
    default: []
    suboptions:
      project:
        description: Name of the project.
        type: str
        required: true
      user:
        description:
          - Name of the user, as Harbor writes it; upper and lower case differ. Either this or O(project_members[].group) is needed,
            not both.
          - With LDAP or UAA, Harbor looks in its directory for a name that it does not know yet. Otherwise the user
            exists already, with OIDC since the first login.
        type: str
      group:
        description: Name of the user group, as in M(anchorage.harbor.user_group); upper and lower case differ. It
          exists already. Either this or O(project_members[].user) is needed, not both.
        type: str
      role:
        description: What the member may do. Needed to create one.
        type: str
        choices: [project_admin, maintainer, developer, guest, limited_guest]
      state:
        description: V(absent) takes the role away. The user or the group itself stays.
        type: str
        choices: [present, absent]
        default: present
  labels:
    description: Items of kind label; see M(anchorage.harbor.label).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the label, 1 to 128 characters; upper and lower case differ. Harbor could rename a label,
          this module takes another name for another label.
        type: str
        required: true
      project:
        description: Name of the project whose label it is. Without it, the label is one of the whole Harbor.
        type: str
      description:
        description: Text for people.
        type: str
      color:
        description: Colour as C(#) and six hexadecimal digits, such as V(#0065AB). An empty text for none, which is
          Harbor's own default.
        type: str
      state:
        description: V(absent) removes the label, also from all artifacts that bear it.
        type: str
        choices: [present, absent]
        default: present
  robots:
    description: Items of kind robot; see M(anchorage.harbor.robot).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Short name of the robot, without Harbor's prefix and without the project - lower-case letters and digits,
            with single C(.), C(_) or C(-) between them, at most 255 characters together with O(robots[].project).
          - Harbor cannot rename a robot.
        type: str
        required: true
      project:
        description: Name of the project whose robot it is. Without it, the robot is one of the whole Harbor, which
          may have rights in many projects and in the system.
        type: str
      description:
        description: Text for people.
        type: str
      permissions:
        description:
          - All that the robot may do, in any order. Needed to create one, and not empty.
          - A robot of O(robots[].project) has one entry, for that project.
        type: list
        elements: dict
        suboptions:
          kind:
            description: V(system) for rights of the whole Harbor, V(project) for rights in O(robots[].permissions[].namespace). When
              it is not given it is V(project).
            type: str
            choices: [system, project]
          namespace:
            description: Name of a project, or V(*) for all of them. V(/) goes with O(robots[].permissions[].kind=system).
            type: str
            required: true
          access:
            description: Rights there, in any order, at least one.
            type: list
            elements: dict
            required: true
            suboptions:
              resource:
                description: What the right is about, such as V(repository), V(artifact), V(tag). Harbor lists all pairs
                  that it takes at C(/api/v2.0/permissions) and refuses others.
                type: str
                required: true
              action:
                description: What may be done with it, such as V(pull), V(push), V(list), V(delete). From Harbor 2.10 V(*)
                  is refused.
                type: str
                required: true
              effect:
                description: V(deny) takes the right away. When it is not given it is V(allow).
                type: str
                choices: [allow, deny]
      duration:
        description: Days that the robot lives, counted from its creation also when this changes later; V(-1) for ever.
          At most 2147483647, and not V(0). When a robot is created without it, it lives for ever.
        type: int
      disabled:
        description: Switch the robot off. Harbor's own default is V(false).
        type: bool
      secret:
        description:
          - Secret with which the robot logs in, 8 to 128 characters with a lower-case letter, an upper-case letter and
            a digit. Needed to create one.
          - Harbor never shows it again; O(robots[].update_secret) says when it is sent.
        type: str
      update_secret:
        description:
          - When O(robots[].secret) is sent to a robot that exists. V(on_create) never, V(always) on each run, V(when_stale) when
            the robot can no longer log in with it; that is tried also in check mode.
          - A robot that is disabled or has expired cannot log in at all, so V(when_stale) warns and sends nothing.
            Each failed login lets Harbor wait 1.5 s.
          - By default V(on_create).
        type: str
        choices: [on_create, always, when_stale]
      state:
        description: V(absent) removes the robot. Robots that it created itself stay.
        type: str
        choices: [present, absent]
        default: present
  retention_policies:
    description: Items of kind retention_policy; see M(anchorage.harbor.retention_policy).
    type: list
    elements: dict
    default: []
    suboptions:
      project:
        description: Name of the project.
        type: str
        required: true
      cron:
        description:
          - When it runs - second, minute, hour, day, month, weekday, such as V(0 0 2 * * *). Times are UTC.
          - An empty text for never by itself, which is also what a policy is created with.
          - The second is 0, and the day must exist.
        type: str
      rules:
        description:
          - What is kept, all rules, at most 15 and no two alike. Their order does not count.
          - An empty list deletes nothing; a policy that is created without has none.
        type: list
        elements: dict
        suboptions:
          template:
            description:
              - What the rule keeps of what its selectors match.
              - V(always) all of it.
              - V(latestPushedK) the O(retention_policies[].rules[].count) images of each repository that were pushed last, V(latestPulledN)
                those that were pulled last.
              - V(nDaysSinceLastPush) what was pushed within the last O(retention_policies[].rules[].count) days, V(nDaysSinceLastPull) what was
                pulled within them.
            type: str
            required: true
            choices: [always, latestPushedK, latestPulledN, nDaysSinceLastPush, nDaysSinceLastPull]
          count:
            description: Number of images or days, 1 to 2147483647. Needed by each template but V(always), which has none.
            type: int
          tag_selectors:
            description: Which tags the rule looks at. All entries must match, in any order; not empty. When it is not
              given, each tag.
            type: list
            elements: dict
            suboptions:
              decoration:
                description: Whether tags of the pattern or all others are meant. When it is not given it is
                  V(matches).
                type: str
                choices: [matches, excludes]
              pattern:
                description: Pattern of tags, such as V(v*), V({main,release-*}) or V(**).
                type: str
                required: true
              untagged:
                description:
                  - Whether images without a tag count as having one of the pattern. With V(true) the rule keeps them
                    when it V(matches) and not when it V(excludes); with V(false) the other way round.
                  - When it is not given the rule keeps them, in both cases.
                type: bool
          repository_selectors:
            description: Which repositories the rule looks at. All entries must match, in any order; not empty. When it
              is not given, each repository.
            type: list
            elements: dict
            suboptions:
              decoration:
                description: Whether repositories of the pattern or all others are meant. When it is not given it is
                  V(repoMatches).
                type: str
                choices: [repoMatches, repoExcludes]
              pattern:
                description: Pattern of repositories without their project, such as V(backend/**) or V({api,page}).
                type: str
                required: true
          disabled:
            description: Switch the rule off. When it is not given it is on.
            type: bool
      state:
        description: V(absent) removes the policy, and nothing is deleted any more.
        type: str
        choices: [present, absent]
        default: present
  immutable_tag_rules:
    description: Items of kind immutable_tag_rule; see M(anchorage.harbor.immutable_tag_rule).
    type: list
    elements: dict
    default: []
    suboptions:
      project:
        description: Name of the project.
        type: str
        required: true
      tag_selectors:
        description: Which tags the rule holds, in one entry.
        type: list
        elements: dict
        required: true
        suboptions:
          decoration:
            description: Whether tags of the pattern or all others are meant. When it is not given it is V(matches).
            type: str
            choices: [matches, excludes]
          pattern:
            description: Pattern of tags, such as V(v*), V({v*,release-*}) or V(**).
            type: str
            required: true
      repository_selectors:
        description: In which repositories it holds them, in one entry.
        type: list
        elements: dict
        required: true
        suboptions:
          decoration:
            description: Whether repositories of the pattern or all others are meant. When it is not given it is
              V(repoMatches).
            type: str
            choices: [repoMatches, repoExcludes]
          pattern:
            description: Pattern of repositories without their project, such as V(backend/**) or V(**).
            type: str
            required: true
      disabled:
        description: Switch the rule off. Harbor creates rules switched on.
        type: bool
      state:
        description: V(absent) removes the rule with these selectors. Its tags can be moved and deleted again.
        type: str
        choices: [present, absent]
        default: present
  webhook_policies:
    description: Items of kind webhook_policy; see M(anchorage.harbor.webhook_policy).
    type: list
    elements: dict
    default: []
    suboptions:
      project:
        description: Name of the project.
        type: str
        required: true
      name:
        description: Name of the policy, 1 to 255 characters; upper and lower case differ.
        type: str
        required: true
      description:
        description: Text for people.
        type: str
      enabled:
        description: Let the policy send. Harbor's own default is V(false).
        type: bool
      event_types:
        description: What it tells, all of it, in any order. Needed to create one, and not empty.
        type: list
        elements: str
        choices:
          - PUSH_ARTIFACT
          - PULL_ARTIFACT
          - DELETE_ARTIFACT
          - QUOTA_EXCEED
          - QUOTA_WARNING
          - SCANNING_FAILED
          - SCANNING_STOPPED
          - SCANNING_COMPLETED
          - REPLICATION
          - TAG_RETENTION
      targets:
        description: Whom it tells, all of them, in any order. Needed to create one, and not empty.
        type: list
        elements: dict
        suboptions:
          type:
            description: V(http) for a JSON message, V(slack) for a text that Slack and what resembles it take.
            type: str
            choices: [http, slack]
            required: true
          address:
            description: Where to send it, with V(http://) or V(https://). Compared as it is, also slashes at its end.
              Results and diffs show it.
            type: str
            required: true
          auth_header:
            description:
              - Secret that Harbor sends to an O(webhook_policies[].targets[].type=http) target as header C(Authorization), such as
                V(Bearer) and a token.
              - Harbor shows it in clear to whoever may read webhooks. So it is compared, and written when it differs;
                results and diffs hide it.
              - When it is not given, a target of the same type and address keeps the one that it has. An empty text
                removes it.
            type: str
          skip_cert_verify:
            description: Accept any certificate of the target. When it is not given it is V(false).
            type: bool
          payload_format:
            description: Form of the message of an O(webhook_policies[].targets[].type=http) target; a V(slack) one takes none. When it is not
              given it is V(Default).
            type: str
            choices: [Default, CloudEvents]
      state:
        description: V(absent) removes the policy. Harbor refuses while it is sending by it.
        type: str
        choices: [present, absent]
        default: present
  preheat_policies:
    description: Items of kind preheat_policy; see M(anchorage.harbor.preheat_policy).
    type: list
    elements: dict
    default: []
    suboptions:
      project:
        description: Name of the project.
        type: str
        required: true
      name:
        description: Name of the policy, 1 to 255 characters without blanks, C(%), C(+) and C(/); upper and lower case
          differ.
        type: str
        required: true
      description:
        description: Text for people.
        type: str
      provider:
        description: Name of the instance that gets the images, as in M(anchorage.harbor.preheat_instance). Needed to create
          a policy.
        type: str
      filters:
        description:
          - Which images are handed on, all filters, in any order. All of them must match.
          - A policy that is created without takes each tag of each repository. With an empty list each of its runs fails.
        type: list
        elements: dict
        suboptions:
          type:
            description: What the filter looks at. Harbor stores V(signature) and V(vulnerability) and then takes what the
              project says instead.
            type: str
            required: true
            choices: [repository, tag, label, signature, vulnerability]
          value:
            description: For V(repository) and V(tag) a pattern such as V(backend/**) or V({v*,main}), repositories without
              their project. For V(label) names of labels with commas between them, an image needs all of them. For
              V(signature) a boolean, for V(vulnerability) a number from V(0) to V(5).
            type: raw
            required: true
      trigger:
        description: When it runs.
        type: dict
        suboptions:
          type:
            description: V(manual), V(scheduled) by O(preheat_policies[].trigger.cron), or V(event_based) on pushes, scans and new labels.
              A policy that is created without is V(manual).
            type: str
            choices: [manual, scheduled, event_based]
          cron:
            description:
              - Second, minute, hour, day, month, weekday, such as V(0 0 2 * * *). Times are UTC. Needed by V(scheduled).
              - The second is 0, and the day must exist.
            type: str
      enabled:
        description: Let the policy run. Harbor's own default is V(false).
        type: bool
      extra_attrs:
        description: Hints for the provider, all of them. Dragonfly knows C(scope), which is C(single_seed_peer),
          C(all_seed_peers) or C(all_peers), and C(cluster_ids), a list of numbers. From Harbor 2.13.
        type: dict
      state:
        description: V(absent) removes the policy. Harbor refuses while an execution of it runs.
        type: str
        choices: [present, absent]
        default: present
  repositories:
    description: Items of kind repository; see M(anchorage.harbor.repository).
    type: list
    elements: dict
    default: []
    suboptions:
      project:
        description: Name of the project.
        type: str
        required: true
      name:
        description: Name of the repository without its project, such as V(backend/api) for C(web/backend/api) - lower-case
          letters and digits, with C(.), C(_), C(-) and C(/) between them.
        type: str
        required: true
      description:
        description: Text for people. Harbor holds it with C(&), C(<), C(>) and quotes escaped; that counts as the same.
        type: str
      state:
        description:
          - V(absent) deletes the repository with B(all its images and tags). Garbage collection frees their space later.
          - Harbor refuses while an immutable tag rule holds one of its tags. Replication policies with deletion
            delete its images at their destinations as well.
        type: str
        choices: [present, absent]
        default: present
  tags:
    description: Items of kind tag; see M(anchorage.harbor.tag).
    type: list
    elements: dict
    default: []
    suboptions:
      project:
        description: Name of the project.
        type: str
        required: true
      repository:
        description: Name of the repository without its project, such as V(backend/api) for C(web/backend/api).
        type: str
        required: true
      name:
        description: Name of the tag - letters, digits, C(_), C(.) and C(-), at most 128, not beginning with C(.) or C(-).
        type: str
        required: true
      digest:
        description: Image that bears the tag, as V(sha256:) and 64 hexadecimal digits. It is in the repository already.
          Needed to create a tag.
        type: str
      state:
        description: V(absent) removes the tag. Its image stays, if need be without a tag, until retention deletes it.
        type: str
        choices: [present, absent]
        default: present
  artifact_labels:
    description: Items of kind artifact_label; see M(anchorage.harbor.artifact_label).
    type: list
    elements: dict
    default: []
    suboptions:
      project:
        description: Name of the project.
        type: str
        required: true
      repository:
        description: Name of the repository without its project, such as V(backend/api) for C(web/backend/api).
        type: str
        required: true
      reference:
        description: Image that bears the label, as one of its tags or as its digest, V(sha256:) and 64 hexadecimal
          digits.
        type: str
        required: true
      label:
        description: Name of the label, as in M(anchorage.harbor.label). That of the project if it has one of this name,
          else that of the whole Harbor.
        type: str
        required: true
      state:
        description: V(absent) takes the label off the image. The label itself stays.
        type: str
        choices: [present, absent]
        default: present
  replication_policies:
    description: Items of kind replication_policy; see M(anchorage.harbor.replication_policy).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the policy, at most 256 characters.
        type: str
        required: true
      state:
        description: V(absent) removes the policy. Harbor refuses while an execution of it runs.
        type: str
        choices: [present, absent]
        default: present
      description:
        description: Text for people.
        type: str
      src_registry:
        description: Name of the registry to pull from. Empty for this Harbor.
        type: str
      dest_registry:
        description: Name of the registry to push to. Empty for this Harbor.
        type: str
      dest_namespace:
        description: Namespace at the destination; empty keeps that of the source.
        type: str
      dest_namespace_replace_count:
        description:
          - How many leading pieces of a repository's path O(replication_policies[].dest_namespace) replaces.
          - V(0) puts it in front, V(-1) keeps only the last piece of the path.
          - Harbor's own default is V(-1).
        type: int
      filters:
        description: What flows; everything when the list is empty. All of them must match. Their order does not
          count.
        type: list
        elements: dict
        suboptions:
          type:
            description: What the filter looks at.
            type: str
            choices: [name, tag, label, resource]
            required: true
          value:
            description: Pattern such as V(library/**) or V({1.*,2.*}); for V(label) a list of labels; for
              V(resource) C(image) or C(artifact).
            type: raw
            required: true
          decoration:
            description: Whether to take or to leave what matches; for V(tag) and V(label) only. Harbor's own
              default is V(matches).
            type: str
            choices: [matches, excludes]
      trigger:
        description: When it runs.
        type: dict
        suboptions:
          type:
            description: V(manual), V(scheduled) by O(replication_policies[].trigger.cron), or V(event_based) on each push. Harbor's
              own default is V(manual).
            type: str
            choices: [manual, scheduled, event_based]
          cron:
            description:
              - Second, minute, hour, day, month, weekday, such as V(0 0 2 * * *). Times are UTC.
              - The second is 0, the minute is not V(*), and the day must exist.
            type: str
      deletion:
        description: Delete at the destination what is deleted at the source. Harbor's own default is V(false).
        type: bool
      override:
        description: Replace a tag of the same name at the destination. Harbor's own default is V(false).
        type: bool
      enabled:
        description: Let the policy run. Harbor's own default is V(false).
        type: bool
      speed:
        description: Most KB a second for each task; V(0) for no limit, which is Harbor's own default.
        type: int
      copy_by_chunk:
        description: Copy layers in pieces. Harbor's own default is V(false).
        type: bool
      single_active_replication:
        description: Skip a run while an earlier one goes on; not with V(event_based). From Harbor 2.14.
          Harbor's own default is V(false).
        type: bool
  garbage_collection_schedule:
    description: The item of kind garbage_collection_schedule; see M(anchorage.harbor.garbage_collection_schedule).
    type: dict
    suboptions:
      cron:
        description:
          - Six fields with blanks between them - second (V(0)), minute, hour, day, month, weekday - in the time
            of the server, such as V(0 0 3 * * 6). An empty text removes the schedule.
          - A schedule without a date, such as the 31st of February, is refused, since it makes Harbor's job
            service hang.
        type: str
      delete_untagged:
        description: Whether images without a tag are deleted too. Harbor's own default is V(false).
        type: bool
      delete_tag:
        description: Whether tags of deleted images are removed from the registry's storage too. From Harbor 2.15.
          Harbor's own default is V(false).
        type: bool
      workers:
        description: How many delete side by side, V(1) to V(10); before Harbor 2.13 up to V(5). Harbor's own default is
          V(1).
        type: int
  scan_all_schedule:
    description: The item of kind scan_all_schedule; see M(anchorage.harbor.scan_all_schedule).
    type: dict
    suboptions:
      cron:
        description:
          - Six fields with blanks between them - second (V(0)), minute, hour, day, month, weekday - in the time
            of the server, such as V(0 0 3 * * 6). An empty text removes the schedule.
          - A schedule without a date, such as the 31st of February, is refused, since it makes Harbor's job
            service hang.
        type: str
  audit_purge_schedule:
    description: The item of kind audit_purge_schedule; see M(anchorage.harbor.audit_purge_schedule).
    type: dict
    suboptions:
      cron:
        description:
          - Six fields with blanks between them - second (V(0)), minute, hour, day, month, weekday - in the time
            of the server, such as V(0 0 3 * * 6). An empty text removes the schedule.
          - A schedule without a date, such as the 31st of February, is refused, since it makes Harbor's job
            service hang.
        type: str
      retention_hours:
        description: Hours after which a row is purged, V(1) to V(240000). V(24) when none is given.
        type: int
      event_types:
        description:
          - Events whose rows are purged, in any order. From Harbor 2.13. Without any, nothing is purged.
          - V(other) stands for all but the three of artifacts; it is what Harbor's web page stores for its other events.
        type: list
        elements: str
        choices:
          - create_artifact
          - delete_artifact
          - pull_artifact
          - create_project
          - delete_project
          - delete_repository
          - login_user
          - logout_user
          - create_user
          - delete_user
          - update_user
          - create_robot
          - delete_robot
          - update_configuration
          - other
      operations:
        description: The same for Harbor before 2.13, which knows three operations only; newer ones ignore it.
        type: list
        elements: str
        choices: [create, delete, pull]
  prune:
    description:
      - Kinds of which everything is removed that its list does not name. What Harbor ships, such as project
        V(library), stays.
      - Of kinds that lie in projects, only what lies in projects that the list, or O(projects), names. Of labels and
        robots of the whole Harbor, only when the list names at least one such.
      - A kind whose list is empty is refused, unless O(prune_empty) names it too.
    type: list
    elements: str
    choices:
      - scanners
      - registries
      - users
      - user_groups
      - preheat_instances
      - projects
      - project_members
      - labels
      - robots
      - retention_policies
      - immutable_tag_rules
      - webhook_policies
      - preheat_policies
      - replication_policies
    default: []
  prune_empty:
    description: Kinds of O(prune) of which the list may be empty, so that all of them are removed.
    type: list
    elements: str
    choices:
      - scanners
      - registries
      - users
      - user_groups
      - preheat_instances
      - projects
      - project_members
      - labels
      - robots
      - retention_policies
      - immutable_tag_rules
      - webhook_policies
      - preheat_policies
      - replication_policies
    default: []
  prune_limit:
    description: Most items of one kind that O(prune) may remove; more is refused before anything is written.
    type: int
    default: 10
  prune_keep:
    description: What O(prune) leaves alone though no list names it, because something else keeps it, by kind. Names, in
      which C(*), C(?) and C([...]) are patterns. Of what lies in projects, the name, or that of the project, a slash and
      the name.
    type: dict
    default: {}
    suboptions:
      scanners:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      registries:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      users:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      user_groups:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      preheat_instances:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      projects:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      project_members:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      labels:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      robots:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      retention_policies:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      immutable_tag_rules:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      webhook_policies:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      preheat_policies:
        description: Names and patterns.
        type: list
        elements: str
        default: []
      replication_policies:
        description: Names and patterns.
        type: list
        elements: str
        default: []
  update_secret:
    description: For items that do not say it themselves, when their secrets are sent to what exists already.
      See M(anchorage.harbor.registry).
    type: str
    choices: [on_create, always, when_stale]
    default: on_create
"""

EXAMPLES = r"""
- name: A registry, a project and a rule between them
  anchorage.harbor.apply:
    registries:
      - name: shanghai
        type: harbor
        url: https://harbor.shanghai.example.org
        access_key: robot$replication
        access_secret: "{{ vault_shanghai_secret }}"
    projects:
      - name: web
        storage_limit: 20GiB
    replication_policies:
      - name: web-to-shanghai
        dest_registry: shanghai
        filters: [{type: name, value: "web/**"}]
        trigger: {type: event_based}
        enabled: true

- name: Only these projects, and nothing else
  anchorage.harbor.apply:
    projects: [{name: web}, {name: team}]
    prune: [projects]

- name: Only this label, beside those that another tool looks after
  anchorage.harbor.apply:
    labels: [{name: approved}]
    prune: [labels]
    prune_keep: {labels: ["scan-*"]}
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
        Of more than 100 steps those that create have none without C(-vvv), since the arguments hold the same.
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

from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_apply


def main():
    run_apply()


if __name__ == "__main__":
    main()
