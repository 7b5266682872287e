"""Writes test/evaluation/fixtures/parquet: one table as pandas and pyarrow write it, and as CSV.

    pip install -r test/oracles/parquet_requirements.txt
    python test/oracles/parquet_tables.py
"""

import datetime
import decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).parent.parent / "evaluation" / "fixtures" / "parquet"
ROWS = 300
rng = np.random.default_rng(7)

frame = pd.DataFrame(
    {
        "double": rng.normal(size=ROWS),
        "float": rng.normal(size=ROWS).astype("float32"),
        "integer": rng.integers(-5, 90, size=ROWS).astype("int32"),
        "long": [2**53 + 1 + i if i % 50 == 0 else i for i in range(ROWS)],
        "flag": rng.integers(0, 2, size=ROWS).astype(bool),
        "region": rng.choice(["n", "s", "grün", None], size=ROWS),
    }
)
frame.loc[rng.integers(0, ROWS, size=20), "double"] = np.nan
table = pa.Table.from_pandas(frame, preserve_index=False)
start = datetime.datetime(2025, 1, 1, 12, 30, tzinfo=datetime.timezone.utc)
times = [start + datetime.timedelta(days=i) for i in range(ROWS)]
prices = [decimal.Decimal(i) / 4 for i in range(ROWS)]
table = table.append_column("price", pa.array(prices, pa.decimal128(9, 2)))
table = table.append_column("when", pa.array(times, pa.timestamp("us", tz="UTC")))
table = table.append_column("level", pa.array([f"l{i % 3}" for i in range(ROWS)]).dictionary_encode())

OUT.mkdir(parents=True, exist_ok=True)
for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    pq.write_table(table, OUT / f"{codec}.parquet", compression=codec)
pq.write_table(table, OUT / "row-groups.parquet", row_group_size=70, data_page_version="2.0", use_dictionary=False)
pq.write_table(table, OUT / "pages.parquet", data_page_size=256, write_page_index=True, row_group_size=200)
pq.write_table(table.slice(0, 0), OUT / "empty.parquet")
pq.write_table(table.append_column("list", pa.array([[1, 2]] * ROWS)), OUT / "nested.parquet")

written = table.to_pandas()
written["when"] = [when.strftime("%Y-%m-%dT%H:%M:%S.000Z") for when in times]
written["flag"] = ["true" if flag else "false" for flag in frame["flag"]]
# A float32 has no more digits than these; read as a double it is the number that Parquet holds.
written["float"] = frame["float"].astype("float64")
written.to_csv(OUT / "table.csv", index=False)
