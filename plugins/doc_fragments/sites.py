# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules that look at several sites have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """The sites, and what flows between them."""

    DOCUMENTATION = r"""
options:
  sites:
    description: The sites, at least two.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What this site is called in O(flows), in results and in O(ledger). Where images are copied, also the
          name of its endpoint at the other sites.
        type: str
        required: true
      type:
        description: V(docker-registry) is any registry that speaks the API of Docker Distribution, without a login or with
          basic authentication. It has no audit log, so what it does not have counts as never copied.
        type: str
        choices: [harbor, docker-registry]
        default: harbor
      url:
        description: Its own address, without a path; not that of a balancer in front of several sites.
        type: str
        required: true
      username:
        description: User or robot that looks. A Harbor needs one that may list the artifacts and the audit log of each
          project that flows.
        type: str
      password:
        description: Its password or secret.
        type: str
      auth:
        description: As O(anchorage.harbor.apply#module:harbor_auth).
        type: str
        choices: [auto, basic, session]
        default: auto
      validate_certs:
        description: Refuse a certificate that is not trusted.
        type: bool
        default: true
      ca_path:
        description: File with the CA that signed its certificate.
        type: path
      client_cert:
        description: Client certificate in PEM form, with its key unless O(sites[].client_key) is given.
        type: path
      client_key:
        description: Key of the client certificate.
        type: path
      proxy:
        description: Address of an HTTP proxy. By default the environment's proxy variables count.
        type: str
      headers:
        description: More headers for each request, for a gateway in front of it.
        type: dict
      timeout:
        description: Seconds to wait for an answer.
        type: int
        default: 30
  flows:
    description: What is copied from where to where. Without any, everything flows from each Harbor to each other one.
    type: list
    elements: dict
    default: []
    suboptions:
      from:
        description: Site that is copied from.
        type: str
        required: true
      to:
        description: Site that is copied to.
        type: str
        required: true
      include:
        description: Projects that flow, by name, or by the beginning of a name and an asterisk.
        type: list
        elements: str
        default: ["*"]
      exclude:
        description: Projects of these that do not, written the same way.
        type: list
        elements: str
        default: []
      override:
        description: Whether a newer image takes the place of an older one with the same tag.
        type: bool
        default: true
      deletion:
        description: V(never) carries no deletion. V(event) is for replication policies that carry deletions as they
          happen. V(reviewed) carries those that were listed and then named.
        type: str
        choices: [never, event, reviewed]
        default: never
      speed:
        description: Limit in KB/s for each task of the replication policy, V(0) for none. Not used here, but a flow is
          written once.
        type: int
        default: 0
      copy_by_chunk:
        description: Whether the replication policy copies in chunks. Not used here either.
        type: bool
        default: false
  ledger:
    description: File that holds what was equal at the last proof. It decides where the audit log is switched off, purged or
      too young, and says of a deletion that both had the image. Written by M(anchorage.harbor.replication_catchup) only.
    type: path
  accessories:
    description: Whether signatures, SBOMs and other accessories must be the same too.
    type: bool
    default: true
  limit:
    description: How many differences of each state and direction are listed. All are counted.
    type: int
    default: 20
requirements:
  - Python 3.10 or newer where the module runs
  - requests 2.31 or newer
notes:
  - From Harbor 2.13 on the audit log tells digests. Before, only a O(ledger) tells what a difference means.
"""
