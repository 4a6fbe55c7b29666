"""What differs between a deployment's beginning and its end. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from deploy.model.end_state import ProductionState, SeenContainer
from deploy.model.production import NotKnown

# Each part of the state, as a sentence that is not known calls it.
PARTS = {
    "app": "which containers of the application run",
    "edge": "whether the edge runs",
    "sent_to": "whether the edge sends requests to the application",
    "has_page": "whether the maintenance page is on",
    "tags": "which images the tags name",
    "revision_ids": "at which revision the database is",
    "schema": "whether the schema is as it was",
    "release_number": "which release the ledger calls current",
    "background": "which workers and schedulers run",
}


def differences(before: ProductionState, now: ProductionState, without: Sequence[str] = ()) -> tuple[str, ...]:
    """One sentence for each thing that is not as it was; what is not known on either side is left out.

    Args:
        without: parts that are compared by something better.
    """
    return tuple(
        line for name in PARTS if name not in without
        if not isinstance(getattr(before, name), NotKnown) and not isinstance(getattr(now, name), NotKnown)
        for line in _COMPARE[name](getattr(before, name), getattr(now, name))
    )


def not_known(before: ProductionState, now: ProductionState) -> tuple[str, ...]:
    """One sentence for each thing that was seen at the beginning, and does not answer now."""
    return tuple(
        f"not known: {words}: {getattr(now, name).why}" for name, words in PARTS.items()
        if isinstance(getattr(now, name), NotKnown) and not isinstance(getattr(before, name), NotKnown)
    )


def not_seen_before(before: ProductionState) -> tuple[str, ...]:
    """One sentence for each thing that did not answer at the beginning: nothing can be compared with it."""
    return tuple(
        f"{words} was not seen at the beginning: {getattr(before, name).why}" for name, words in PARTS.items()
        if isinstance(getattr(before, name), NotKnown)
    )


def serves_less(before: ProductionState, now: ProductionState) -> bool:
    """Whether something that served at the beginning does not serve now: what a moment of waiting may mend."""
    if isinstance(before.app, NotKnown) or isinstance(now.app, NotKnown):
        return isinstance(now.app, NotKnown)
    app_less = _serving(before.app) - _serving(now.app)
    edge_less = not isinstance(before.edge, NotKnown) and not isinstance(now.edge, NotKnown) and bool(
        _serving(before.edge) - _serving(now.edge)
    )
    sent_less = not isinstance(before.sent_to, NotKnown) and (
        isinstance(now.sent_to, NotKnown) or now.sent_to < before.sent_to
    )
    return bool(app_less) or edge_less or sent_less


def words_of(now: ProductionState) -> str:
    """What was seen, in one line."""
    parts = []
    if not isinstance(now.app, NotKnown):
        serving = Counter(c.release or "the application" for c in now.app if c.is_serving)
        parts += [f"{release} serves ({_containers(count)})" for release, count in sorted(serving.items())]
        if not serving:
            parts.append("no application serves")
    if not isinstance(now.sent_to, NotKnown) and now.sent_to:
        parts.append("the edge sends it requests")
    if not isinstance(now.revision_ids, NotKnown):
        parts.append(f"the database is at {_ids(now.revision_ids)}")
    return ", ".join(parts)


def _app(before: Sequence[SeenContainer], now: Sequence[SeenContainer]) -> Iterator[str]:
    yield from _kinds(before, now, "the application")


def _edge(before: Sequence[SeenContainer], now: Sequence[SeenContainer]) -> Iterator[str]:
    yield from _kinds(before, now, "the edge", has_release=False)


def _kinds(
    before: Sequence[SeenContainer], now: Sequence[SeenContainer], what: str, *, has_release: bool = True
) -> Iterator[str]:
    """By image and release: an undo makes other containers of the same release, and that is the same."""
    ran, runs = (Counter(_kind(c) for c in found if c.is_running) for found in (before, now))
    served, serves = _serving(before), _serving(now)
    for kind in sorted(ran.keys() | runs.keys()):
        image_id, release = kind
        name = f"{release or 'a container without a release'} ({image_id[7:19]})" if has_release else what
        if runs[kind] != ran[kind]:
            yield f"{_containers(runs[kind])} of {name} run, {ran[kind]} ran at the beginning"
        elif serves[kind] < served[kind]:
            yield f"{_containers(serves[kind])} of {name} are healthy, {served[kind]} were at the beginning"


def _sent_to(before: int, now: int) -> Iterator[str]:
    if now < before:
        yield f"the edge sends requests to {_containers(now)}, it sent them to {before} at the beginning"


def _page(before: bool, now: bool) -> Iterator[str]:
    if before != now:
        words = {True: "on", False: "off"}
        yield f"the maintenance page is {words[now]}, was {words[before]}"


def _tags(before: Mapping[str, str | None], now: Mapping[str, str | None]) -> Iterator[str]:
    for reference, image_id in before.items():
        if now.get(reference) != image_id:
            yield f"{reference} names {_image(now.get(reference))}, named {_image(image_id)}"


def _revisions(before: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    if set(before) != set(now):
        yield f"database is at {_ids(now)}, was at {_ids(before)}"


def _schema(before: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    for name in sorted(set(now) - set(before)):
        yield f"{name} is there, and was not"
    for name in sorted(set(before) - set(now)):
        yield f"{name} is gone"


def _release(before: int | None, now: int | None) -> Iterator[str]:
    if before != now:
        yield f"the ledger calls {_release_name(now)} current, it called {_release_name(before)} so"


def _background(
    before: Mapping[str, Sequence[SeenContainer]], now: Mapping[str, Sequence[SeenContainer]]
) -> Iterator[str]:
    """How many run, by image and release; whether one is healthy is its own affair, and nobody waits for that here."""
    for service in sorted(before.keys() | now.keys()):
        ran, runs = (
            Counter(_kind(c) for c in found.get(service, ()) if c.is_running) for found in (before, now)
        )
        for kind in sorted(ran.keys() | runs.keys()):
            if runs[kind] != ran[kind]:
                name = f"{service} of {kind[1] or 'no release'} ({kind[0][7:19]})"
                yield f"{_containers(runs[kind])} of {name} run, {ran[kind]} ran at the beginning"


_COMPARE: Mapping[str, Callable[..., Iterator[str]]] = {
    "app": _app, "edge": _edge, "sent_to": _sent_to, "has_page": _page, "tags": _tags, "revision_ids": _revisions,
    "schema": _schema, "release_number": _release, "background": _background,
}


def _kind(container: SeenContainer) -> tuple[str, str]:
    return container.image_id, container.release


def _serving(found: Sequence[SeenContainer]) -> Counter[tuple[str, str]]:
    return Counter(_kind(c) for c in found if c.is_serving)


def _containers(count: int) -> str:
    return "no container" if count == 0 else f"{count} container{'' if count == 1 else 's'}"


def _image(image_id: str | None) -> str:
    return image_id[7:19] if image_id else "nothing"


def _ids(revision_ids: Sequence[str]) -> str:
    return ", ".join(sorted(revision_ids)) or "no revision"


def _release_name(number: int | None) -> str:
    return "no release" if number is None else f"release-{number}"
