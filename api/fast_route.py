"""A route class for the hot path, where most of a request's cost is FastAPI's argument handling."""

import inspect
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any, cast

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError, create_model
from starlette.types import Receive, Scope, Send

from api.strict_requests import check_names


class FastRoute(APIRoute):
    """Validates all arguments with one model; supports neither dependencies nor a body.

    The endpoint is a coroutine function that takes `request`, path parameters and query parameters,
    and returns a `Response`. Its signature defines and documents the parameters, as for any route.

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
        endpoint, parse = self.endpoint, self._argument_parser()

        async def handle(request: Request) -> Response:
            return cast("Response", await endpoint(request=request, **parse(request)))

        return handle

    def _argument_parser(self) -> Callable[[Request], dict[str, Any]]:
        path, query = self.dependant.path_params, self.dependant.query_params
        fields: dict[str, Any] = {
            param.name: (param.field_info.annotation, param.field_info) for param in (*path, *query)
        }
        if unsupported := inspect.signature(self.endpoint).parameters.keys() - {"request", *fields}:
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


def _query(request: Request, names: Collection[str]) -> Mapping[str, str]:
    check_names("query parameter", (name for name, _ in request.query_params.multi_items()), names)
    return request.query_params
