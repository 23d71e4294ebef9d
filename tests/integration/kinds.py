"""What the one lifecycle needs to know of each kind. `${url}`, `${user}` and `${password}` are those of the Harbor
under test, seen from itself.

item      every option that can be given when it is created changes   then one at a time: option, new value drift
what somebody changes behind our back: body of a PUT, and the options that this makes differ needs     items of other
kinds that must be there
"""

FAR_END = {"type": "harbor", "url": "${url}", "access_key": "${user}", "access_secret": "${password}"}

KINDS = {
    "project": {
        "item": {
            "name": "it-web",
            "public": True,
            "storage_limit": "1GiB",
            "prevent_vul": True,
            "severity": "high",
            "auto_scan": True,
            "auto_sbom_generation": True,
            "enable_content_trust": True,
            "enable_content_trust_cosign": True,
            "reuse_sys_cve_allowlist": False,
            "cve_allowlist": ["CVE-2024-2", "CVE-2024-1"],
            "cve_allowlist_expires_at": 4102444800,
        },
        "changes": [
            ("public", False),
            ("storage_limit", "-1"),
            ("storage_limit", "12345"),
            ("prevent_vul", False),
            ("severity", "none"),
            ("severity", "low"),
            ("auto_scan", False),
            ("auto_sbom_generation", False),
            ("enable_content_trust", False),
            ("enable_content_trust_cosign", False),
            ("reuse_sys_cve_allowlist", True),
            ("cve_allowlist", []),
            ("cve_allowlist", ["CVE-2024-3"]),
            ("cve_allowlist_expires_at", 0),
        ],
        "drift": ({"metadata": {"public": "true", "severity": "critical"}}, ["public", "severity"]),
        "untouched": {
            "registry": "a proxy cache, tested below",
            "proxy_speed_kb": "the same",
            "max_upstream_conn": "the same",
            "proxy_cache_local_on_not_found": "the same",
        },
    },
    "registry": {
        "item": dict(FAR_END, name="it far, end", description="the other one", insecure=True, credential_type="basic"),
        "changes": [
            ("description", ""),
            ("description", "Ünïcode & <more>"),
            ("insecure", False),
            ("url", "${url}/"),
            ("access_key", ""),
        ],
        "drift": ({"description": "by hand", "insecure": True}, ["description", "insecure"]),
        "untouched": {
            "type": "Harbor cannot change it",
            "ca_certificate": "needs a far end with TLS",
            "credential_type": "basic is all that a Harbor takes",
        },
    },
    "replication_policy": {
        "needs": {"registries": [dict(FAR_END, name="it-a"), dict(FAR_END, name="it-b")]},
        "item": {
            "name": "it nightly + 100%",
            "description": "all of it",
            "dest_registry": "it-a",
            "src_registry": "",
            "dest_namespace": "team/far",
            "dest_namespace_replace_count": 1,
            "deletion": True,
            "override": True,
            "enabled": True,
            "speed": 512,
            "copy_by_chunk": True,
            "single_active_replication": True,
            "trigger": {"type": "scheduled", "cron": "0 0  2 * * *"},
            "filters": [
                {"type": "name", "value": "it/**"},
                {"type": "tag", "value": "v*", "decoration": "excludes"},
                {"type": "label", "value": ["b", "a"], "decoration": "matches"},
                {"type": "resource", "value": "image"},
            ],
        },
        "changes": [
            ("description", ""),
            ("dest_registry", "it-b"),
            ("dest_namespace", ""),
            ("dest_namespace_replace_count", 0),
            ("deletion", False),
            ("override", False),
            ("enabled", False),
            ("speed", 0),
            ("copy_by_chunk", False),
            ("single_active_replication", False),
            ("trigger", {"cron": "0 30 3 * * 1-5"}),
            ("trigger", {"type": "event_based"}),
            ("trigger", {"type": "manual"}),
            ("filters", [{"type": "label", "value": ["a", "c"]}]),
            ("filters", []),
        ],
        "drift": (
            {
                "name": "it nightly + 100%",
                "dest_registry": {"id": "${it-b}"},
                "speed": 5,
                "override": True,
                "dest_namespace_replace_count": 0,
                "trigger": {"type": "manual", "trigger_settings": {"cron": "0 30 3 * * 1-5"}},
            },
            ["override", "speed"],
        ),
        "untouched": {"src_registry": "turned round below"},
    },
}
