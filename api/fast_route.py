"""A route class for the hot path, where most of a request's cost is FastAPI's argument handling."""

import inspect
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any, cast

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError, create_model
from starlette.types import Receive, Scope, Send

from api.strict_requests import check_names, read_json


class FastRoute(APIRoute):
    """Validates all parameters with one model; supports no dependencies, and no body but JSON.

    The endpoint is a coroutine function that takes `request`, path parameters, query parameters and
    perhaps a body, and returns a `Response`. Its signature defines and documents them, as for any
    route.

    Raises:
        TypeError: the endpoint has a parameter of another kind.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        handle = self.get_route_handler()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            response = await handle(Request(scope, receive, send))
            await response(scope, receive, send)

        self.app = app  # without the exit stacks that close dependencies

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function that handles a request."""
        endpoint, parse, body = self.endpoint, self._argument_parser(), self.body_field

        async def handle(request: Request) -> Response:
            arguments = parse(request)
            if body is not None:
                arguments[body.name] = await self._parse_body(request, body.field_info.annotation)
            return cast("Response", await endpoint(request=request, **arguments))

        return handle

    def _argument_parser(self) -> Callable[[Request], dict[str, Any]]:
        path, query = self.dependant.path_params, self.dependant.query_params
        fields: dict[str, Any] = {
            param.name: (param.field_info.annotation, param.field_info) for param in (*path, *query)
        }
        known = {"request", *fields, *(param.name for param in self.dependant.body_params)}
        if unsupported := inspect.signature(self.endpoint).parameters.keys() - known:
            raise TypeError(f"FastRoute {self.name} cannot supply parameters {sorted(unsupported)}")
        locations = {param.name: "path" for param in path}
        locations |= {param.name: "query" for param in query}
        arguments = create_model("Arguments", **fields)
        query_names = [param.name for param in query]

        def parse(request: Request) -> dict[str, Any]:
            values = _query(request, query_names) if request.scope["query_string"] else {}
            try:
                return vars(arguments.model_validate({**values, **request.path_params}))
            except ValidationError as exc:
                raise RequestValidationError([
                    {**error, "loc": (locations[str(error["loc"][0])], *error["loc"])}
                    for error in exc.errors(include_url=False)
                ]) from exc

        return parse

    async def _parse_body(self, request: Request, model: Any) -> Any:
        body = await read_json(request)
        try:
            return model.model_validate(body)
        except ValidationError as exc:
            raise RequestValidationError([
                {**error, "loc": ("body", *error["loc"])} for error in exc.errors(include_url=False)
            ]) from exc


def _query(request: Request, names: Collection[str]) -> Mapping[str, str]:
    check_names("query parameter", (name for name, _ in request.query_params.multi_items()), names)
    return request.query_params
