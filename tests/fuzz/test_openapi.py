"""Whatever the description allows or not: no 500, and no answer that is not described."""

import os
from contextlib import nullcontext, suppress
from datetime import timedelta

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from core.storage import Files, Keys, Role
from tests.support.openapi_conformance import description

pytestmark = pytest.mark.stack

EXAMPLES = int(os.environ.get("FUZZ", "4"))
ENDLESS = ("/v1/jobs/events",)
SHOP = "fuzzed"
SCHEMA = schemathesis.openapi.from_dict(description())
NAMES = ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
PROMISED = CHECKS.get_by_names(NAMES)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
ALL = [
    pytest.param(one, id=f"{one.method.upper()} {one.path}".replace("/", ":"))
    for one in OPERATIONS
    if one.path not in ENDLESS
]


@pytest.fixture(scope="module")
def key(own_stack):
    """A key for everything; from now on the server asks for one."""
    return Keys(Files(own_stack.settings.store)).create("fuzz", Role.ADMIN)[1]


@pytest.fixture
def signed(own_stack, key):
    """Headers of a client with a key, and a collection to ask about."""
    headers = {"Authorization": f"Bearer {key}"}
    body = {"name": SHOP}
    answer = httpx2.post(f"{own_stack.url}/v1/collections", json=body, headers=headers, timeout=30)
    assert answer.status_code in {201, 409}
    return headers


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", ALL)
def test_every_answer_is_described(own_stack, signed, operation, mode):
    @settings(
        max_examples=EXAMPLES,
        deadline=timedelta(seconds=60),
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=EXAMPLES < 20,
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def ask(case, real):
        if real and "c" in (case.path_parameters or {}):
            case.path_parameters["c"] = SHOP
        case.headers = {k: v for k, v in (case.headers or {}).items() if k.lower() != "prefer"}
        answer = case.call(base_url=own_stack.url, headers=signed, timeout=60)
        assert answer.status_code != 500, answer.text
        case.validate_response(answer, checks=PROMISED)

    # of some operations nothing can be wrong but the path, which has a collection in it
    with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
        ask()


@pytest.mark.parametrize("operation", ALL)
def test_without_a_key_every_answer_is_described(own_stack, key, operation):
    @settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def ask(case):
        answer = case.call(base_url=own_stack.url, timeout=60)
        assert answer.status_code == 401 or operation.path.startswith("/health/")
        case.validate_response(answer, checks=PROMISED)

    ask()
