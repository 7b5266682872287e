import type { ColumnSegments } from '../contract';
import { groupsIn } from './groups-of';
import { type Judged, pickJudged } from './judged-rows';
import { type Clusters, clustersAmong } from './metrics/clusters';
import { isTooSmall } from './metrics/group-rates';
import { rowsBy } from './metrics/rows-by';
import { metricsOf } from './metrics-of';
import type { TableColumn } from './table';

/** Every metric of the task on the rows of each value of one column. @param clusters absent where rows are independent */
export const segmentsOf = (
  name: string,
  column: TableColumn,
  judged: Judged,
  clusters: Clusters | undefined,
): ColumnSegments => ({
  column: name,
  segments: rowsBy(groupsIn(column, judged.rows)).map(([value, rows]) => {
    const found = clusters && { clusters: clustersAmong(clusters, rows) };
    const metrics = metricsOf(pickJudged(judged, rows));
    return { value, n: rows.length, ...found, metrics, tooSmall: isTooSmall({ n: rows.length, ...found }) };
  }),
});
