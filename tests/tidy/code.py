"""Rules on the Python code: rooms, names, sizes, signatures, docstrings."""

import ast
import re
from collections.abc import Iterator

from tests.tidy import allowed
from tests.tidy.tree import SourceFile, Tree, Violation

PRODUCT = "src/interlock/"
STORE = f"{PRODUCT}store/"
HTTP_ROOMS = (f"{PRODUCT}server/", f"{PRODUCT}client/")
CODE = (PRODUCT, "tests/", "bench/", "scripts/")
GENERATED = {f"{PRODUCT}verbs.py"}  # made by `make docs`: nobody reads it to change it
PUBLIC_API = (f"{PRODUCT}plane.py", f"{PRODUCT}worker/")

NAMELESS_STEMS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
UNITLESS = {"timeout", "size", "data", "info"}
DRIVERS = {"apsw", "sqlite3", "psycopg", "asyncpg", "aiosqlite", "sqlalchemy"}
HTTP_LIBRARIES = {
    "http",
    "httpx",
    "httpx2",
    "aiohttp",
    "requests",
    "starlette",
    "uvicorn",
    "websockets",
}
SQL = re.compile(
    r"\bSELECT\s.+\sFROM\b|\bINSERT\s+(OR\s+\w+\s+)?INTO\b|\bUPDATE\s+\w+\s+SET\b|\bDELETE\s+FROM\b"
    r"|\b(CREATE|ALTER|DROP)\s+(UNIQUE\s+)?(TABLE|INDEX|VIEW|TRIGGER)\b|\bPRAGMA\s+\w+|\bBEGIN\s+IMMEDIATE\b",
    re.DOTALL,
)

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
PACKAGE_DOCSTRING_LINES_MAX = 10

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files_bear_a_noun_of_the_field(tree: Tree) -> Iterator[Violation]:
    for file in tree.python(*CODE):
        for part in (*file.name.parent.parts, file.name.stem):
            if part == "base" or NAMELESS_STEMS & set(part.split("_")):
                yield Violation(file.path, 1, f"name the one idea it holds, not {part!r}")


def only_the_store_contains_sql(tree: Tree) -> Iterator[Violation]:
    for file in tree.files:
        if file.path.endswith(".sql") and file.is_under(PRODUCT) and not file.is_under(STORE):
            yield Violation(file.path, 1, "SQL belongs into store/")
    for file in tree.python(PRODUCT):
        if file.is_under(STORE):
            continue
        docstrings = {id(node) for node in docstring_nodes(file.syntax)}
        for node in ast.walk(file.syntax):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and id(node) not in docstrings and SQL.search(node.value):
                yield Violation(file.path, node.lineno, "SQL belongs into store/")


def only_the_store_imports_a_driver(tree: Tree) -> Iterator[Violation]:
    for file in tree.python(PRODUCT):
        if not file.is_under(STORE):
            yield from imports_of(file, DRIVERS, "a database driver belongs into store/")


def only_the_server_and_its_client_know_http(tree: Tree) -> Iterator[Violation]:
    for file in tree.python(PRODUCT):
        if not file.is_under(*HTTP_ROOMS):
            yield from imports_of(file, HTTP_LIBRARIES, "HTTP belongs into server/ and client/")


def only_the_command_line_prints(tree: Tree) -> Iterator[Violation]:
    for file in tree.python(PRODUCT):
        if file.is_under(f"{PRODUCT}cli/"):
            continue
        for node in ast.walk(file.syntax):
            if isinstance(node, ast.Call) and called_name(node) == "print":
                yield Violation(file.path, node.lineno, "log it, or return it to the caller")


def files_stay_readable(tree: Tree) -> Iterator[Violation]:
    long = {file.path for file in written(tree) if len(file.lines) > FILE_LINES_MAX}
    for path in sorted(long - allowed.LONG_FILES.keys()):
        yield Violation(path, FILE_LINES_MAX, f"over {FILE_LINES_MAX} lines: look again")
    for path in sorted(allowed.LONG_FILES.keys() - long):
        yield Violation(path, 1, "no longer needs its entry in LONG_FILES")


def functions_stay_readable(tree: Tree) -> Iterator[Violation]:
    long = {
        f"{file.path}::{name}": node.lineno
        for file in written(tree)
        for name, node in functions(file.syntax)
        if body_lines(node) > FUNCTION_LINES_MAX
    }
    for place in sorted(long.keys() - allowed.LONG_FUNCTIONS.keys()):
        path, name = place.split("::")
        advice = f"{name} is over {FUNCTION_LINES_MAX} lines: look again"
        yield Violation(path, long[place], advice)
    for place in sorted(allowed.LONG_FUNCTIONS.keys() - long.keys()):
        yield Violation(place, 1, "no longer needs its entry in LONG_FUNCTIONS")


def packages_state_their_purpose(tree: Tree) -> Iterator[Violation]:
    for file in tree.python(PRODUCT):
        if file.name.name != "__init__.py":
            continue
        docstring = ast.get_docstring(file.syntax) or ""
        if not docstring:
            yield Violation(file.path, 1, "the package docstring tells purpose and invariants")
        elif len(docstring.splitlines()) > PACKAGE_DOCSTRING_LINES_MAX:
            advice = f"at most {PACKAGE_DOCSTRING_LINES_MAX} lines of package docstring"
            yield Violation(file.path, 1, advice)


def parameters_carry_their_unit(tree: Tree) -> Iterator[Violation]:
    for file in tree.python(PRODUCT):
        for name, node in public_functions(file):
            for parameter in parameters(node):
                if parameter.arg in UNITLESS:
                    advice = f"{name}: what is {parameter.arg!r}, and in which unit?"
                    yield Violation(file.path, parameter.lineno, advice)


def public_arguments_are_keyword_only(tree: Tree) -> Iterator[Violation]:
    for file in tree.python(*PUBLIC_API):
        for name, node in public_functions(file):
            positional = [*node.args.posonlyargs, *node.args.args]
            count = len(positional) - (
                positional[:1] != [] and positional[0].arg in {"self", "cls"}
            )
            if count > 1 and count + len(node.args.kwonlyargs) > 2:
                advice = f"{name}: arguments after the first are keyword-only"
                yield Violation(file.path, node.lineno, advice)


def written(tree: Tree) -> Iterator[SourceFile]:
    """The product's files that people write."""
    return (file for file in tree.python(PRODUCT) if file.path not in GENERATED)


def imports_of(file: SourceFile, roots: set[str], advice: str) -> Iterator[Violation]:
    for node in ast.walk(file.syntax):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.split(".")[0] in roots:
                yield Violation(file.path, node.lineno, f"{name}: {advice}")


def docstring_nodes(syntax: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(syntax):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            yield body[0].value


def called_name(call: ast.Call) -> str:
    """The dotted name that is called, as written: `asyncio.sleep`."""
    return ast.unparse(call.func)


def functions(scope: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Every function below the scope with its qualified name."""
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node
            yield from functions(node, f"{prefix}{node.name}.<locals>.")
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        else:
            yield from functions(node, prefix)


def public_functions(file: SourceFile) -> Iterator[tuple[str, Function]]:
    """What others call: nothing private, nothing inside a function, no prescribed signature."""
    for name, node in functions(file.syntax):
        is_prescribed = node.name in allowed.FOREIGN_SIGNATURES
        is_inner = any(
            part.startswith(("_", "<")) for part in name.removesuffix("__init__").split(".")
        )
        if not is_inner and not is_prescribed:
            yield name, node


def parameters(node: Function) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def body_lines(node: Function) -> int:
    """Lines of a function without its decorators and docstring, which cost no reading of logic."""
    has_docstring = ast.get_docstring(node) is not None
    skipped = (node.body[0].end_lineno or 0) - node.body[0].lineno + 1 if has_docstring else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - skipped


RULES = (
    files_bear_a_noun_of_the_field,
    only_the_store_contains_sql,
    only_the_store_imports_a_driver,
    only_the_server_and_its_client_know_http,
    only_the_command_line_prints,
    files_stay_readable,
    functions_stay_readable,
    packages_state_their_purpose,
    parameters_carry_their_unit,
    public_arguments_are_keyword_only,
)
