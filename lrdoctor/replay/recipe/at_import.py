"""What a script does as soon as it is imported: one that trains then would train before its first rerun."""

import ast
from pathlib import Path

MAX_BYTES = 1 << 20
TRAINING = frozenset({"backward", "fit", "train_loop"})  # methods whose call trains
TRAINERS = frozenset({"train"})  # trains where called on a trainer; on a model it sets a mode


def trains_at_import(path: Path) -> int | None:
    """The line of a script that trains when it is imported; None where none does, or it is no Python.

    Looked at are statements outside functions, classes and `if __name__ == "__main__":` alone: a function that these
    call may train too.
    """
    try:
        text = path.read_bytes()
        tree = ast.parse(text) if len(text) <= MAX_BYTES else None
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None if tree is None else _first(tree.body)


def _first(body: list[ast.stmt]) -> int | None:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or _is_main(statement):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and _trains(node):
                return node.lineno
    return None


def _is_main(statement: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__":`."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def _trains(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    on = call.func.value
    named = on.id if isinstance(on, ast.Name) else on.attr if isinstance(on, ast.Attribute) else ""
    return call.func.attr in TRAINING or (call.func.attr in TRAINERS and "trainer" in named.lower())
