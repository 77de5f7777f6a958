"""How the tables of a run are kept: as a compressed Arrow file."""

import pyarrow as pa


def packed(table: pa.Table) -> bytes:
    """The table as bytes."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def unpacked(content: bytes) -> pa.Table:
    """The table that `packed` made bytes of."""
    with pa.ipc.open_file(pa.BufferReader(bytes(content))) as reader:
        return reader.read_all()
