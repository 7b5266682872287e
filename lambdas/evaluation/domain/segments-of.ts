import type { ColumnSegments } from '../contract';
import { groupsIn } from './groups-of';
import { type Judged, pickJudged } from './judged-rows';
import { isTooSmall } from './metrics/group-rates';
import { metricsOf } from './metrics-of';
import type { TableColumn } from './table';

/** Positions of the rows of each value, in order of the values. */
const rowsBy = (values: readonly string[]): [string, Int32Array][] => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const rows = new Map([...counts].map(([value, n]) => [value, new Int32Array(n)]));
  const filled = new Map<string, number>();
  values.forEach((value, row) => {
    const at = filled.get(value) ?? 0;
    const own = rows.get(value);
    if (own !== undefined) own[at] = row;
    filled.set(value, at + 1);
  });
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
};

/** Every metric of the task on the rows of each value of one column. */
export const segmentsOf = (name: string, column: TableColumn, judged: Judged): ColumnSegments => ({
  column: name,
  segments: rowsBy(groupsIn(column, judged.rows)).map(([value, rows]) => ({
    value,
    n: rows.length,
    metrics: metricsOf(pickJudged(judged, rows)),
    tooSmall: isTooSmall({ n: rows.length }),
  })),
});
