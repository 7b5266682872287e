import type { AcceptedVersion } from '../registry/contract';
import { tableOfCsv } from './domain/csv-table';
import { fitTable } from './domain/fit-table';
import type { GivenTable } from './domain/given-table';
import { allocate, elementsOf, isLong, type Tensors, type TensorValue } from './domain/tensor';
import type { ArtifactReader, OnnxSession } from './ports';

/** A golden sample over this, in bytes, is no sample. */
const MAX_SAMPLE_BYTES = 262_144;

/** The model's own columns: a golden sample holds what should come out as well. */
const inputsOf = (table: GivenTable, columns: readonly { readonly name: string }[]): GivenTable => {
  const kept = table.names?.flatMap((name, at) => (columns.some((column) => column.name === name) ? [at] : []));
  if (kept === undefined || columns.length === 0) return table;
  return {
    rows: table.rows,
    names: kept.map((at) => table.names?.[at] ?? ''),
    width: kept.length,
    cells: (at, as, kind) => table.cells(kept[at] ?? at, as, kind),
  };
};

/** The first of the version's golden rows as its graph takes it; undefined where it has none. One row: callers wait. */
const goldenRow = async (version: AcceptedVersion, artifacts: ArtifactReader): Promise<Tensors | undefined> => {
  const path = version.manifest.golden?.data;
  const file = version.files.find((candidate) => candidate.path === path);
  if (file === undefined || file.size > MAX_SAMPLE_BYTES || !file.path.endsWith('.csv')) return undefined;
  const table = tableOfCsv(Buffer.from(await artifacts.readFile(version, file)), true, 1);
  return fitTable(inputsOf(table, version.signature.columns), version.signature);
};

/** One row of zeros, or of empty strings; undefined where the graph leaves more than the number of rows open. */
const zeros = (session: OnnxSession): Tensors | undefined => {
  const inputs: Record<string, TensorValue> = {};
  for (const { name, datatype, shape } of session.inputs) {
    const concrete = shape.map((size, index) => (size < 0 && index === 0 ? 1 : size));
    if (concrete.some((size) => size < 0) || datatype === 'BYTES' || isLong(datatype)) return undefined;
    inputs[name] = { datatype, shape: concrete, data: allocate(datatype, elementsOf(concrete)) };
  }
  return inputs;
};

/** Whether the run came to its end. What a graph makes of a sample says nothing about the requests to come. */
const tried = (session: OnnxSession, inputs: Tensors | undefined): Promise<boolean> =>
  inputs === undefined
    ? Promise.resolve(false)
    : session.run(inputs).then(
        () => true,
        () => false,
      );

/**
 * Runs a session once before anybody waits for it: on the version's first golden row, else on zeros. The first run of a
 * graph allocates. Never rejects.
 */
export const warmUp = async (
  session: OnnxSession,
  version: AcceptedVersion,
  artifacts: ArtifactReader,
): Promise<void> => {
  const golden = await goldenRow(version, artifacts).catch(() => undefined);
  if (!(await tried(session, golden))) await tried(session, zeros(session));
};
