import type { Manifest } from '../registry/contract';
import { cellKindOf } from '../scoring/domain/cell-kind';
import { shownNames } from '../scoring/domain/given-table';
import type { DataDeclaration, GoldenReport, SandboxFile } from './contract';
import { batchesOf, sliceRows } from './domain/batches';
import { CandidateRejected } from './domain/candidate-rejected';
import { encodeTable } from './domain/encode-table';
import { type GoldenOutput, goldenOutputs } from './domain/golden-outputs';
import { GoldenParity, type Tolerance, toleranceOf } from './domain/golden-parity';
import { type InputPlan, planInputs } from './domain/plan-columns';
import { PredictionCollector } from './domain/predictions';
import { cellName, type Table, textAt } from './domain/table';
import type { ReadyModel } from './judge-on-data';
import type { FileSource, TableReader } from './ports';

/** Enough to tell two runtimes apart; each row is run. */
const MAX_GOLDEN_ROWS = 10_000;

export interface GoldenTask {
  readonly file: SandboxFile;
  readonly declared: NonNullable<Manifest['golden']>;
}

interface Plan {
  readonly inputs: InputPlan;
  readonly outputs: readonly GoldenOutput[];
}

/** What is said of evaluation data holds for golden data, too: neither label nor groups are inputs. */
const asideOf = (model: ReadyModel, file: string, outputs: readonly GoldenOutput[]): DataDeclaration => {
  const declared = model.runnable.manifest.evaluation;
  const names = outputs.map(({ column }) => column);
  const base = declared ?? { data: file, label: names[0] ?? '', protected: [], segments: [] };
  return { ...base, segments: [...base.segments, ...names] };
};

const planFor = (model: ReadyModel, header: readonly string[], file: string): Plan => {
  const { signature } = model.runnable;
  const outputs = goldenOutputs(header, model.reading, signature.outputs, signature.columns);
  if (outputs.length === 0) {
    const tensors = signature.outputs.map(({ name }) => name);
    throw new CandidateRejected(
      'data-column-missing',
      `${file} has no column that says what the model answers; columns are ${shownNames(header)}; ` +
        `name one label, score or prediction, or after an output of the graph (${shownNames(tensors)}; with _0, _1, … for its positions)`,
    );
  }
  return { inputs: planInputs(signature, header, asideOf(model, file, outputs), file), outputs };
};

const compareColumn = (
  output: GoldenOutput,
  said: readonly (number | string)[],
  part: Table,
  at: number,
  parity: GoldenParity,
) => {
  const { column, compared } = output;
  const expected = part.columns.get(column);
  if (expected === undefined) return;
  said.forEach((got, offset) => {
    const text = textAt(expected, at + offset);
    // An empty cell says nothing of what is expected.
    if (text === null) return;
    const row = part.first + at + offset + 1;
    if (compared === 'number') parity.number(row, column, Number(text), Number(got));
    else parity.text(row, column, text, String(got));
  });
};

const comparePart = async (model: ReadyModel, part: Table, plan: Plan, parity: GoldenParity): Promise<void> => {
  const { process, reading, fixedRows, runnable } = model;
  const inputs = encodeTable(part, plan.inputs, runnable.signature);
  for (const range of batchesOf(inputs, part.rows, fixedRows)) {
    const first = part.first + range.start;
    const what = `rows ${first + 1}–${first + range.rows} of ${part.file}`;
    const outputs = await process.run(sliceRows(inputs, range), `scoring ${what}`);
    const collector = new PredictionCollector(reading, range.rows);
    collector.add(outputs, 0, range.rows, what);
    const answered = { rows: range.rows, outputs, predictions: collector.finish() };
    for (const output of plan.outputs) compareColumn(output, output.of(answered), part, range.start, parity);
  }
};

const mismatch = (file: string, { abs, rel }: Tolerance, { result }: GoldenParity): CandidateRejected => {
  const [worst] = result.failures;
  const { row = 1, output = '', expected = '', got = '' } = worst ?? {};
  return new CandidateRejected(
    'golden-mismatch',
    `${cellName(file, output, row - 1)}: expected ${expected}, but the model says ${got}, which is the worst of ${result.differing} of ` +
      `${result.cells} golden answers beyond ${abs} + ${rel}·|expected|; export the model again, check inputs and their order, ` +
      'write the golden data anew with the very graph, or widen golden.abs and golden.rel in contender.yaml',
  );
};

/**
 * Runs the candidate on its golden rows: it must answer as it did where it was built.
 * @throws CandidateRejected naming the worst row when it does not.
 */
export const checkGolden = async (
  model: ReadyModel,
  { file, declared }: GoldenTask,
  ports: { readonly files: FileSource; readonly readTable: TableReader },
): Promise<GoldenReport> => {
  const path = await ports.files.save(file, 'golden-data');
  const tolerance = toleranceOf(declared);
  const parity = new GoldenParity(tolerance);
  let plan: Plan | undefined;
  let rows = 0;
  const kindsOf = (header: readonly string[]) => {
    plan = planFor(model, header, file.path);
    const kinds = plan.outputs.map(({ column, compared }) => [column, compared] as const);
    return new Map([...kinds, ...plan.inputs.columns.map((column) => [column.name, cellKindOf(column)] as const)]);
  };
  await ports.readTable(path, { file: file.path, maxRows: MAX_GOLDEN_ROWS, kindsOf }, async (part) => {
    rows += part.rows;
    if (plan !== undefined) await comparePart(model, part, plan, parity);
  });
  const { parity: holds, cells, largestAbs, largestRel } = parity.result;
  if (!holds) throw mismatch(file.path, tolerance, parity);
  if (cells === 0) {
    throw new CandidateRejected(
      'data-empty',
      `${file.path} has no expected answer in any row; fill in the columns that say what the model answers`,
    );
  }
  return { file: file.path, rows, ...tolerance, parity: true, largestAbs, largestRel, failures: [] };
};
