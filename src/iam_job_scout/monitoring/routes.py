"""The route template of a request, read from the scope after the app ran; nothing is matched a second time.

FastAPI from 0.137 keeps included routers as a tree: `scope["route"]` then lacks the prefix of a router that was
included twice, and the full template is in `scope["fastapi"]["effective_route_context"]`. Mounted apps add their
prefix to `root_path`; what a proxy or the server put there before the app ran belongs to the deployment and stays out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from starlette._utils import get_route_path
from starlette.routing import Mount

from .metrics import UNMATCHED

Scope = MutableMapping[str, Any]


def effective_context(scope: Mapping[str, Any]) -> Any:
    """FastAPI's context of the matched route of an included router, or None."""
    inner = scope.get("fastapi")
    return inner.get("effective_route_context") if inner else None


def endpoint_label(scope: Scope) -> str:
    """The full template of what answered, the mount prefix for mounted files, or `unmatched`."""
    endpoint = scope.get("endpoint")
    if endpoint is None:
        return UNMATCHED
    root: str = scope.get("root_path", "")
    # The outermost router, whose routes tell the template of a mount with parameters in its path.
    prefix = _mount_template(root, scope.get("app_root_path", root), scope.get("router"))
    path = _route_path(scope, endpoint)
    if path is not None:
        return prefix + path
    if hasattr(endpoint, "routes") or hasattr(endpoint, "router"):
        return UNMATCHED
    return prefix or UNMATCHED


def _route_path(scope: Scope, endpoint: Any) -> str | None:
    context, route = effective_context(scope), scope.get("route")
    if context is not None and route is not None and getattr(context, "original_route", None) is route:
        return _path(context)
    plain = getattr(context, "starlette_route", None)
    for candidate in (route, plain):
        if getattr(candidate, "endpoint", None) is endpoint:
            return _path(candidate)
    owners = routes_with(scope, endpoint)
    if len(owners) > 1:
        owners = [owner for owner in owners if owner.path_regex.match(get_route_path(scope))]
    return _path(owners[0]) if owners else None


def routes_with(scope: Scope, endpoint: Any) -> list[Any]:
    """The app's routes to this endpoint. FastAPI does not say which plain route it took; of several the path tells."""
    return [
        route
        for route in routes_of(scope.get("app"))
        if not _is_mount(route) and getattr(route, "endpoint", None) is endpoint and hasattr(route, "path_regex")
    ]


def ambiguous(scope: Scope) -> bool:
    """Whether the scope alone does not tell the route, so that the next request of equal scope may be another's."""
    if scope.get("route") is not None or effective_context(scope) is not None:
        return False
    endpoint = scope.get("endpoint")
    return endpoint is not None and len(routes_with(scope, endpoint)) > 1


def _path(route: Any) -> str | None:
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return path if isinstance(path, str) and path else None


def _mount_template(root: str, outer_root: str, app: Any) -> str:
    inner = root.removeprefix(outer_root)
    return "".join(_mount_templates(inner, app)) if inner else ""


def _mount_templates(inner: str, app: Any) -> Iterator[str]:
    while inner:
        for mount in routes_of(app):
            match = mount.path_regex.match(inner + "/") if _is_mount(mount) else None
            if match:
                break
        else:
            yield inner
            return
        rest = "/" + match.groupdict().get("path", "")
        yield mount.path
        inner = rest.rstrip("/")
        app = getattr(mount, "app", None)


def _is_mount(route: Any) -> bool:
    return hasattr(route, "path_regex") and isinstance(getattr(route, "original_route", route), Mount)


def routes_of(app: Any) -> Iterable[Any]:
    """All routes of an app, those of included routers with their full paths; mounts are not entered."""
    routes = getattr(app, "routes", None) or ()
    try:
        from fastapi.routing import iter_route_contexts
    except ImportError:
        return list(routes)
    return list(iter_route_contexts(routes))


def known_requests(app: Any, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Method, template and each declared status but 4xx of every HTTP route, mounted apps included."""
    for route in routes_of(app):
        if _is_mount(route):
            yield from known_requests(getattr(route, "app", None), prefix + route.path)
            continue
        path = _path(route)
        methods = getattr(route, "methods", None)
        if path is None or not methods:
            continue
        for method in sorted(methods - {"HEAD"} or methods):
            for status in _declared_statuses(route):
                yield method, prefix + path, status


def _declared_statuses(route: Any) -> list[str]:
    # What a client did wrong is no error of ours, and an API may declare ten such statuses for each route: their
    # counters may begin when they are needed.
    declared = {str(getattr(route, "status_code", None) or 200), "500"}
    declared.update(str(code) for code in getattr(route, "responses", None) or ())
    return sorted(code for code in declared if code.isdigit() and not code.startswith("4"))
