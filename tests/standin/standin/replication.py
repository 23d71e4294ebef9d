# Copies between registries. For now only the name of what happens; see the API below.

import dataclasses


@dataclasses.dataclass
class Event:
    kind: str
    repository: str
    digest: str
    tags: list


def react(app, event: Event) -> None:
    pass
