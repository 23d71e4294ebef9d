# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every module that speaks to Harbor's API has in common."""

from __future__ import annotations


class ModuleDocFragment:
    """The options harbor_*, set once through module_defaults of the group anchorage.harbor.harbor."""

    DOCUMENTATION = r"""
options:
  harbor_url:
    description:
      - Address of Harbor, such as V(https://harbor.example.org), without a path.
      - Read from the environment variable E(HARBOR_URL) when it is not given.
    type: str
    required: true
  harbor_username:
    description:
      - User or robot that acts. The full name of a robot begins with its prefix, such as V(robot$ci).
      - Read from E(HARBOR_USERNAME) when it is not given.
    type: str
    required: true
  harbor_password:
    description:
      - Password of the user, or secret of the robot. It is proved before anything else, since much of
        Harbor reads without one.
      - Read from E(HARBOR_PASSWORD) when it is not given.
    type: str
    required: true
  harbor_auth:
    description:
      - V(session) logs in once as the web page does. From Harbor 2.15.2 on this saves 0.1 s of the server's
        time on each request of a user.
      - V(basic) sends the password with each request.
      - V(auto) is V(basic) for names with C($), which are robots, and where Harbor's cookies do not come
        back; else V(session).
    type: str
    choices: [auto, basic, session]
    default: auto
  harbor_validate_certs:
    description: Refuse a certificate that is not trusted. Read from E(HARBOR_VALIDATE_CERTS) when it is not
      given.
    type: bool
    default: true
  harbor_ca_path:
    description: File with the CA that signed Harbor's certificate. Read from E(HARBOR_CA_PATH) when it is
      not given.
    type: path
  harbor_client_cert:
    description: Client certificate in PEM form, with its key unless O(harbor_client_key) is given.
    type: path
  harbor_client_key:
    description: Key of the client certificate.
    type: path
  harbor_proxy:
    description: Address of an HTTP proxy. By default the environment's proxy variables count.
    type: str
  harbor_headers:
    description: More headers for each request, for a gateway in front of Harbor.
    type: dict
  harbor_timeout:
    description: Seconds to wait for an answer.
    type: int
    default: 30
requirements:
  - Python 3.10 or newer where the module runs
  - requests 2.31 or newer
notes:
  - A GET or PUT that meets a broken connection or one of the answers 429, 502, 503, 504 is repeated up to
    three times; a POST is never sent twice.
  - Where the connection is V(local) without C(become), and C(ansible_python_interpreter) is Ansible's own Python or not
    set, the module runs in Ansible's own process and not in another Python - on Linux, with ansible-core 2.19 to 2.21,
    if C(requests) is there. That saves 0.3 s a call. The variable C(harbor_direct_execution) switches it off (V(false)).
"""
