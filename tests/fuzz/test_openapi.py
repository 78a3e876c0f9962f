"""Requests that the OpenAPI description allows or forbids: no 500, only documented responses."""

import os
from contextlib import nullcontext, suppress

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from core.storage import Keys, Role, open_backend
from tests.support.openapi_conformance import description

pytestmark = pytest.mark.stack

EXAMPLES = int(os.environ.get("FUZZ", "4"))
ENDLESS = ("/v1/jobs/events",)  # a stream
SHOP = "fuzzed"
SCHEMA = schemathesis.openapi.from_dict(description())
CHECK_NAMES = ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
RESPONSE_CHECKS = CHECKS.get_by_names(CHECK_NAMES)
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]
ALL = [
    pytest.param(operation, id=f"{operation.method.upper()} {operation.path}".replace("/", ":"))
    for operation in OPERATIONS
    if operation.path not in ENDLESS
]


@pytest.fixture(scope="module")
def key(own_stack):
    """A key with every role; from now on the server requires a key."""
    return Keys(open_backend(own_stack.settings.store)).create("fuzz", Role.ADMIN)[1]


@pytest.fixture
def auth_headers(own_stack, key):
    """Headers with the key; also creates a collection for the requests."""
    headers = {"Authorization": f"Bearer {key}"}
    body = {"name": SHOP}
    response = httpx2.post(
        f"{own_stack.url}/v1/collections", json=body, headers=headers, timeout=60
    )
    assert response.status_code in {201, 409}
    return headers


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", ALL)
def test_every_response_is_documented(own_stack, auth_headers, operation, mode):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=EXAMPLES < 20,
    )
    @given(case=operation.as_strategy(generation_mode=mode), is_real=st.booleans())
    def call(case, is_real):
        if is_real and "c" in (case.path_parameters or {}):
            case.path_parameters["c"] = SHOP
        case.headers = {k: v for k, v in (case.headers or {}).items() if k.lower() != "prefer"}
        response = case.call(base_url=own_stack.url, headers=auth_headers, timeout=60)
        assert response.status_code != 500, response.text
        case.validate_response(response, checks=RESPONSE_CHECKS)

    # the only input of some operations is the collection in the path, which cannot be invalid
    with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
        call()


@pytest.mark.parametrize("operation", ALL)
def test_without_a_key_every_response_is_documented(own_stack, key, operation):
    @settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def call(case):
        response = case.call(base_url=own_stack.url, timeout=60)
        refused = {403} if "signature" in (case.query or {}) else {401}
        assert response.status_code in refused or operation.path.startswith("/health/")
        case.validate_response(response, checks=RESPONSE_CHECKS)

    call()
