"""A route for what is asked so often that FastAPI's way to its arguments is most of the cost."""

import inspect
from collections.abc import Callable, Coroutine
from typing import Any, cast

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError, create_model
from starlette.types import Receive, Scope, Send


class LeanRoute(APIRoute):
    """Checks all arguments at once, and knows no dependencies and no body.

    For a coroutine function of `request`, path and query parameters, which makes its own response.
    Its signature says what is accepted, and documents it, as for any other route.

    Raises:
        TypeError: the function takes something else.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        handle = self.get_route_handler()

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            response = await handle(Request(scope, receive, send))
            await response(scope, receive, send)

        self.app = answer  # without the stacks that close what dependencies have opened

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        endpoint, ask = self.endpoint, self._reader()

        async def handle(request: Request) -> Response:
            return cast("Response", await endpoint(request=request, **ask(request)))

        return handle

    def _reader(self) -> Callable[[Request], dict[str, Any]]:
        path, query = self.dependant.path_params, self.dependant.query_params
        known = {"request", *(one.name for one in (*path, *query))}
        if unknown := inspect.signature(self.endpoint).parameters.keys() - known:
            raise TypeError(f"a lean route cannot give {self.name} its {sorted(unknown)}")
        places = {one.name: "path" for one in path} | {one.name: "query" for one in query}
        fields: dict[str, Any] = {
            one.name: (one.field_info.annotation, one.field_info) for one in (*path, *query)
        }
        asked = create_model("Asked", **fields)

        def read(request: Request) -> dict[str, Any]:
            given = request.query_params if request.scope["query_string"] else {}
            try:
                return vars(asked.model_validate({**given, **request.path_params}))
            except ValidationError as exc:
                faults = exc.errors(include_url=False)
                raise RequestValidationError([
                    {**fault, "loc": (places[str(fault["loc"][0])], *fault["loc"])}
                    for fault in faults
                ]) from exc

        return read
