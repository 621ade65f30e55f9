"""How rows of tables are read and written in place, and what LLVM is told of it.

A table has rows of one kind, and they are read and written field by field: a store into one field leaves all others as they are. LLVM cannot
see that from bare addresses, and would have almost everything read anew after every store; the kernel runs a tenth faster when it is told.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, lower_getattr_generic, lower_setattr_generic, models, register_model

_intrinsic: Any = intrinsic
_Record: Any = types.Record


class Row(_Record):
    """A row of a table: a record whose fields are known to LLVM as well."""

    def __init__(self, record: Any) -> None:
        fields = [(name, field._asdict()) for name, field in record.fields.items()]
        super().__init__(fields, record.size, record.aligned)
        self.mark = f"{crc32(self.name.encode()):x}"  # the same of two kinds would be slower, not wrong


register_model(Row)(models.RecordModel)


@lower_getattr_generic(Row)
def _read(context: Any, builder: Any, kind: Row, row: Any, name: str) -> Any:
    return _told(builder, builder.load(_place(context, builder, kind, row, name)), kind, name)


@lower_setattr_generic(Row)
def _write(context: Any, builder: Any, signature: Any, arguments: Any, name: str) -> None:
    (kind, given), (row, value) = signature.args, arguments
    value = context.cast(builder, value, given, kind.typeof(name))
    _told(builder, builder.store(value, _place(context, builder, kind, row, name)), kind, name)


def _place(context: Any, builder: Any, kind: Row, row: Any, name: str) -> Any:
    """Where a field lies."""
    return cgutils.get_record_member(builder, row, kind.offset(name), context.get_data_type(kind.typeof(name)))


def _told(builder: Any, access: Any, kind: Row, name: str) -> Any:
    """A load or a store, of which LLVM is told the only field that it touches (https://llvm.org/docs/LangRef.html#tbaa-metadata)."""
    tell = builder.module.add_metadata
    field = tell([f"{kind.mark}.{name}", tell(["rows"])])
    access.set_metadata("tbaa", tell([field, field, ir.Constant(ir.IntType(64), 0)]))
    access.align = 1  # rows are packed
    return access


@_intrinsic
def at(typingctx: Any, address: Any, row: Any, record: Any) -> Any:
    """The row of a table that begins at ``address``, read and written in place. A table is only ever read as one kind of ``record``."""
    if not isinstance(record, types.DType) or not isinstance(row, types.Integer):
        return None
    kind = Row(record.dtype)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start, k, _ = arguments
        k = context.cast(builder, k, signature.args[1], types.int64)
        size = context.get_constant(types.int64, kind.size)
        return builder.inttoptr(builder.add(start, builder.mul(k, size)), context.get_value_type(kind))

    return kind(types.int64, row, record), generate


@_intrinsic
def prefetch(typingctx: Any, address: Any, row: Any, size: Any) -> Any:
    """Ask for the row of ``size`` bytes of a table that begins at ``address``, so that it is near when it is needed."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start, k, length = (
            context.cast(builder, value, given, types.int64)
            for value, given in zip(arguments, signature.args, strict=True)
        )
        byte = ir.IntType(8).as_pointer()
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        place = builder.inttoptr(builder.add(start, builder.mul(k, length)), byte)
        builder.call(fetch, [place, *(ir.Constant(word, value) for value in (0, 3, 1))])
        return context.get_dummy_value()

    return types.none(address, row, size), generate
