"""The plan of the house agrees with what the services really plug in."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from deploy import topology
from gateway.routing import Route, Table

INNER = ("/internal", "/health")


def built(name: str) -> FastAPI:
    app = topology.build_service(name, {"database_url": "postgresql:///none"}, httpx.AsyncClient())
    assert isinstance(app, FastAPI)
    return app


def public_paths(app: FastAPI) -> Iterator[str]:
    for route in iter_route_contexts(app.routes):
        if route.path and not route.path.startswith(INNER):
            yield route.path


def table() -> Table:
    return Table([Route(prefix, s.name) for s in topology.SERVICES for prefix in s.prefixes])


@pytest.mark.parametrize("service", topology.SERVICES, ids=lambda s: s.name)
def test_every_public_route_is_reached_through_the_gateway(service: topology.Service) -> None:
    routes = table()
    lost = []
    for path in public_paths(built(service.name)):
        found = routes.find(path)
        if found is None or found.upstream != service.name:
            lost.append((path, found and found.upstream))
    assert lost == []


@pytest.mark.parametrize("service", topology.SERVICES, ids=lambda s: s.name)
def test_no_address_leads_nowhere_and_streams_agree(service: topology.Service) -> None:
    app = built(service.name)
    paths = list(public_paths(app))
    unused = [p for p in service.prefixes if not any(path == p or path.startswith(f"{p}/") for path in paths)]
    assert unused == []
    assert tuple(app.state.manifest.unlimited) == service.streams
    assert set(service.held) <= set(paths)
    assert app.state.manifest.name == service.name


@pytest.mark.parametrize("service", topology.SERVICES, ids=lambda s: s.name)
def test_every_followed_source_is_a_service(service: topology.Service) -> None:
    follows = {f.source for f in built(service.name).state.manifest.follows}
    assert follows <= set(topology.NAMES) - {service.name}
