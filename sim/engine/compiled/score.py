"""The live score of a user: compiled by itself and called by its address, so that no score compiles the kernel anew."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from warnings import catch_warnings

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, njit, types
from numba.core.errors import NumbaError, NumbaTypeSafetyWarning
from numba.extending import intrinsic

from sim.engine.plan import Score, ScoreError

_SIGNATURE = types.int64(types.int64, types.int64, types.CPointer(types.int64), types.int64)


_intrinsic: Any = intrinsic
FAILED = np.int64(np.iinfo(np.int64).min)  # what a score gives that has raised an exception


@_intrinsic
def score(typingctx: Any, address: Any, now: Any, since: Any, features: Any, count: Any) -> Any:
    """What the score at ``address`` gives for an item: ``features`` is where its ``count`` features lie."""
    integer = types.int64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        function = ir.FunctionType(word, [word, word, word.as_pointer(), word])
        values = [context.cast(builder, a, t, integer) for a, t in zip(arguments, signature.args, strict=True)]
        pointer = builder.inttoptr(values[0], function.as_pointer())
        return builder.call(pointer, [values[1], values[2], builder.inttoptr(values[3], word.as_pointer()), values[4]])

    return integer(address, now, since, features, count), generate


@lru_cache(maxsize=64)
def compiled_score(function: Score) -> Any:
    """A score as native code, with its ``address``. Raises ScoreError for one that numba cannot compile."""
    native = njit(function)

    def entry(now, since, features, count):  # type: ignore[no-untyped-def]
        try:
            return np.int64(native(now, since, carray(features, (count,))))
        except Exception:
            return FAILED

    try:
        with catch_warnings(category=NumbaTypeSafetyWarning, action="ignore"):
            return cfunc(_SIGNATURE)(entry)
    except NumbaError as error:
        name, why = getattr(function, "__name__", "score"), _reason(error)
        raise ScoreError(
            f"the live score {name!r} cannot be compiled ({why}): use whole numbers and arrays only, "
            "or run with the reference engine (engine='reference', --engine reference)"
        ) from error


def _reason(error: NumbaError) -> str:
    """The first line of numba's explanation that says something."""
    lines = [line.strip() for line in str(error).splitlines()]
    return next((line for line in lines if line and not line.startswith(("Failed in", "- Resolution"))), lines[0])
