"""Rules that tell paths apart. Does not know which paths there are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from quart.routing import QuartRule


class MatchedRule(QuartRule):
    """A rule that is matched with what is asked for, and of which hardly a URL is ever made.

    Werkzeug compiles code that makes URLs, twice for each rule: most of what it takes to put the
    API together. Here that waits until somebody wants one.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = partial(super()._compile_builder, append_unknown)

        def build(rule: QuartRule, **values: object) -> tuple[str, str]:
            return compiled()(rule, **values)

        return build
