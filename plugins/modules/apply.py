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
  prune:
    description:
      - Kinds of which everything is removed that its list does not name. What Harbor ships, such as project
        V(library), stays.
      - A kind whose list is empty is refused.
    type: list
    elements: str
    choices: [registries, projects, replication_policies]
    default: []
  prune_limit:
    description: Most items of one kind that O(prune) may remove; more is refused before anything is written.
    type: int
    default: 10
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
      description: Name of the item.
      type: str
      returned: always
    changes:
      description: By option, its value C(before) and C(after). Secrets are hidden.
      type: dict
      returned: always
  sample:
    - {action: update, kind: project, name: web, changes: {public: {before: true, after: false}}}
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
