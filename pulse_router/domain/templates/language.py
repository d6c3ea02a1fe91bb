"""The language of placeholders: Jinja parses an expression, and what is allowed is compiled here.

An allow-list over the syntax tree becomes closures of ours: nothing of what Jinja would do with the
tree is ever run. It knows nothing of the values that expressions will meet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.parser import Parser

from pulse_router.domain.templates import operators
from pulse_router.domain.templates.filters import FILTERS, TIME, make_time
from pulse_router.domain.templates.limits import MAX_DEPTH, MAX_OPERATIONS, TemplateFault
from pulse_router.domain.templates.scope import FACTS, PAYLOAD, RESERVED, SECRETS, Expression
from pulse_router.domain.templates.tokens import Placeholder
from pulse_router.domain.templates.values import negate, number

_REFUSED: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Call: "nothing can be called; filters stand behind a bar, as in {{ value | round(1) }}",
    nodes.Test: "there are no tests; compare instead, or mend by default(…)",
    nodes.Dict: "there are no objects; build them in the template around the placeholders",
    nodes.List: "a list stands only behind 'in'",
    nodes.Tuple: "a list stands only behind 'in'",
    nodes.Slice: "there are no slices; truncate(length) shortens a text",
    nodes.FloorDiv: "there is no //; / divides, and int cuts the fraction off",
    nodes.Mod: "there is no %",
    nodes.Pow: "there is no **",
}
_SPINE: Final = (nodes.BinExpr, nodes.Filter, nodes.Getattr, nodes.Getitem)
_ALONE: Final = (
    "a secret stands by itself, beside ~ or in a branch of if: what was made of it otherwise could"
    " not be masked where it must not be read"
)


class Compiler:
    """Compiles the expressions of one template, which share its bounds.

    Args:
        secrets: The names of the template secrets that there are.

    Attributes:
        names: What the expressions name of the facts.
    """

    def __init__(self, secrets: Collection[str]) -> None:
        self._secrets = secrets
        self._operations = 0
        self._columns: Callable[[int], int] = lambda _: 1
        self.names: set[str] = set()

    def compile(self, placeholder: Placeholder) -> Expression:
        """Compile what stands in a placeholder.

        Raises:
            TemplateFault: It is not valid, and the column says where.
        """
        self._columns = placeholder.column
        if not placeholder.source:
            raise TemplateFault("the placeholder is empty", placeholder.column(1))
        return self._of(_parse(placeholder), MAX_DEPTH, may_be_secret=True)

    def _of(self, node: nodes.Node, depth: int, *, may_be_secret: bool = False) -> Expression:
        """Compile a node: along its left side first, which is no nesting, however long it is."""
        spine: list[nodes.Node] = []
        while isinstance(node, _SPINE) and self._secret(node) is None:
            self._count(node, depth)
            spine.append(node)
            inner = node.left if isinstance(node, nodes.BinExpr) else node.node
            assert inner is not None  # noqa: S101 - a filter block alone has none
            node = inner
        if not spine:
            return self._plain(node, depth, may_be_secret=may_be_secret)
        made = self._plain(node, depth, may_be_secret=False)
        for outer in reversed(spine):
            if isinstance(outer, nodes.BinExpr):
                made = self._binary(outer, made, depth - 1)
            elif isinstance(outer, nodes.Filter):
                made = self._filter(outer, made, depth - 1)
            elif isinstance(outer, nodes.Getattr):
                made = operators.get_field(made, outer.attr)
            elif isinstance(outer, nodes.Getitem):
                made = self._item(outer, made)
        return made

    def _plain(self, node: nodes.Node, depth: int, *, may_be_secret: bool) -> Expression:
        self._count(node, depth)
        if (name := self._secret(node)) is not None:
            return self._use_secret(node, name, may_be_secret=may_be_secret)
        match node:
            case nodes.Const():
                made = operators.constant(self._literal(node))
            case nodes.Name():
                made = self._name(node)
            case nodes.Concat():
                parts = [self._of(n, depth - 1, may_be_secret=may_be_secret) for n in node.nodes]
                made = operators.join(parts)
            case nodes.CondExpr():
                made = self._conditional(node, depth - 1, may_be_secret=may_be_secret)
            case nodes.Not():
                made = operators.negated(self._of(node.node, depth - 1))
            case nodes.Neg():
                made = operators.apply(negate, self._of(node.node, depth - 1))
            case nodes.Pos():
                made = operators.apply(number, self._of(node.node, depth - 1))
            case nodes.Compare():
                made = self._comparison(node, depth - 1)
            case _:
                raise self._refused(node)
        return made

    def _binary(self, node: nodes.BinExpr, left: Expression, depth: int) -> Expression:
        if type(node) not in operators.BINARY:
            raise self._refused(node)
        return operators.BINARY[type(node)](left, self._of(node.right, depth))

    def _conditional(self, node: nodes.CondExpr, depth: int, *, may_be_secret: bool) -> Expression:
        test = self._of(node.test, depth)
        then = self._of(node.expr1, depth, may_be_secret=may_be_secret)
        if node.expr2 is None:
            return operators.conditional(test, then, operators.constant(None))
        otherwise = self._of(node.expr2, depth, may_be_secret=may_be_secret)
        return operators.conditional(test, then, otherwise)

    def _comparison(self, node: nodes.Compare, depth: int) -> Expression:
        compared = self._of(node.expr, depth)
        steps = []
        for operand in node.ops:
            self._count(operand, depth)
            if operand.op in {"in", "notin"} and isinstance(operand.expr, nodes.List | nodes.Tuple):
                right = operators.listed([self._of(n, depth) for n in operand.expr.items])
            else:
                right = self._of(operand.expr, depth)
            steps.append((operators.COMPARISONS[operand.op], right))
        return operators.compare(compared, steps)

    def _filter(self, node: nodes.Filter, of: Expression, depth: int) -> Expression:
        if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            raise self._fault("filters take their arguments by place, without names", node)
        given = node.args
        if node.name == TIME:
            format_ = given[0].value if len(given) == 1 and isinstance(given[0], nodes.Const) else 0
            if not isinstance(format_, str):
                raise self._fault(
                    "it is used as time('%d.%m.%Y %H:%M'), with a literal format", node
                )
            try:
                return make_time(of, format_)
            except ValueError as error:
                raise self._fault(str(error), node) from None
        kind = FILTERS.get(node.name)
        if kind is None:
            known = ", ".join(sorted([*FILTERS, TIME]))
            raise self._fault(f"there is no filter {node.name[:40]!r}; there are {known}", node)
        if not kind.fewest <= len(given) <= kind.most:
            raise self._fault(f"it is used as {kind.usage}", node)
        return kind.make(of, [self._of(argument, depth) for argument in given])

    def _item(self, node: nodes.Getitem, of: Expression) -> Expression:
        key = node.arg
        if isinstance(key, nodes.Neg) and isinstance(key.node, nodes.Const):
            key = nodes.Const(negate(key.node.value))
        if isinstance(key, nodes.Const) and type(key.value) is int:
            return operators.get_element(of, key.value)
        if isinstance(key, nodes.Const) and type(key.value) is str:
            return operators.get_field(of, key.value)
        if isinstance(key, nodes.Slice):
            raise self._refused(key, at=node)
        raise self._fault("in brackets stands a whole number or a text, literally", node)

    def _name(self, node: nodes.Name) -> Expression:
        name = node.name
        if name in RESERVED or name == "null":
            return operators.constant(None)
        if name == SECRETS:
            raise self._fault("secrets are used one by one, as secrets.name", node)
        if name == PAYLOAD:
            return lambda scope: scope.payload
        if name in FACTS:
            self.names.add(name)
            return lambda scope: scope.facts[name]
        return operators.look_up(name)

    def _secret(self, node: nodes.Node) -> str | None:
        """Give the name of the secret that a node stands for, if it does."""
        if isinstance(node, nodes.Getattr):
            of, name = node.node, node.attr
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            of, name = node.node, node.arg.value
        else:
            return None
        is_secret = isinstance(of, nodes.Name) and of.name == SECRETS and isinstance(name, str)
        return name if is_secret else None

    def _use_secret(self, node: nodes.Node, name: str, *, may_be_secret: bool) -> Expression:
        at = node.node if isinstance(node, nodes.Getattr | nodes.Getitem) else node
        if name not in self._secrets:
            raise self._fault(f"there is no {name[:40]!r} in template_secrets", at)
        if not may_be_secret:
            raise self._fault(_ALONE, at)
        return lambda scope: scope.secrets.get(name)

    def _literal(self, node: nodes.Const) -> Any:  # noqa: ANN401 - a JSON value
        value = node.value
        if type(value) in {int, float}:
            value = number(value)
            if value is None:
                raise self._fault("a number as large as that cannot be had", node)
        return value

    def _count(self, node: nodes.Node, depth: int) -> None:
        self._operations += 1
        if self._operations > MAX_OPERATIONS:
            raise self._fault(f"more than {MAX_OPERATIONS} operations in all", node)
        if depth <= 0:
            raise self._fault(f"nested deeper than {MAX_DEPTH}", node)

    def _refused(self, node: nodes.Node, *, at: nodes.Node | None = None) -> TemplateFault:
        return self._fault(_REFUSED.get(type(node), "this is no part of the language"), at or node)

    def _fault(self, message: str, node: nodes.Node) -> TemplateFault:
        return TemplateFault(message, self._columns(node.lineno or 1))


def _parse(placeholder: Placeholder) -> nodes.Expr:
    parser: Parser | None = None
    try:
        parser = Parser(_JINJA, placeholder.source, state="variable")  # it reads the first token
        tree = parser.parse_expression()
    except TemplateSyntaxError as error:
        said = (error.message or "it cannot be read").replace("'end of template'", "the end")
        has_ended = parser is not None and parser.stream.eos
        column = placeholder.columns[-1] if has_ended else placeholder.column(error.lineno)
        raise TemplateFault(said.rstrip("."), column) from None
    if not parser.stream.eos:
        column = placeholder.column(parser.stream.current.lineno)
        raise TemplateFault("the expression has ended here", column)
    return tree


_JINJA: Final = Environment(autoescape=False)  # noqa: S701 - it parses only, and renders nothing
