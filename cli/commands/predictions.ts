import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse as parseCsv } from 'csv-parse/sync';
import { contextOf } from '../context';
import { Failure } from '../failure';
import { table } from '../present';

interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

interface InferResponse {
  readonly model_version: string;
  readonly parameters?: { readonly prediction_id?: string; readonly prediction_ids?: readonly string[] };
  readonly outputs: ReadonlyArray<{
    readonly name: string;
    readonly shape: readonly number[];
    readonly data: readonly unknown[];
  }>;
}

const readInput = (path: string): string => {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw new Failure(`cannot read ${path}: ${(cause as Error).message}`, 2, { cause });
  }
};

/** Rows of numbers as one tensor, in the shape that a model with a single [N, k] input takes. */
const requestFromRows = (rows: readonly unknown[][], inputs: readonly TensorMetadata[]): unknown => {
  const [input] = inputs;
  if (!input || inputs.length > 1 || input.shape.length !== 2)
    throw new Failure('this model takes more than one tensor; send an inference request with --request', 2);
  return {
    inputs: [
      { name: input.name, datatype: input.datatype, shape: [rows.length, rows[0]?.length ?? 0], data: rows.flat() },
    ],
  };
};

const rowsFrom = (options: { row?: string; csv?: string }): number[][] => {
  if (options.row !== undefined) return [options.row.split(',').map(Number)];
  const records = parseCsv(readInput(options.csv ?? '-'), { skip_empty_lines: true, trim: true }) as string[][];
  const [first] = records;
  const hasHead = first?.some((cell) => Number.isNaN(Number(cell))) ?? false;
  return records.slice(hasHead ? 1 : 0).map((record) => record.map(Number));
};

const show = (response: InferResponse): string => {
  const ids = response.parameters?.prediction_ids ?? [response.parameters?.prediction_id];
  const cells = (output: InferResponse['outputs'][number], row: number): string => {
    const width = output.data.length / (output.shape[0] ?? 1);
    return output.data.slice(row * width, (row + 1) * width).join(' ');
  };
  const rows = ids.map((id, row) => [...response.outputs.map((output) => cells(output, row)), id]);
  return `answered by version ${response.model_version}\n${table([...response.outputs.map((o) => o.name), 'prediction id'], rows)}`;
};

interface PredictOptions {
  readonly row?: string;
  readonly csv?: string;
  readonly request?: string;
}

const parseRequest = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure(`the request is no JSON: ${(cause as Error).message}`, 2, { cause });
  }
};

export const addPredictionCommands = (program: Command): void => {
  program
    .command('predict')
    .description('ask for predictions')
    .argument('<model>')
    .option('--row <numbers>', 'one row: numbers separated by commas, in the order of the inputs')
    .option('--csv <file>', 'rows of a CSV file with the inputs in order (- for standard input)')
    .option('--request <file>', 'an Open Inference Protocol request (- for standard input)')
    .action(async (model: string, options: PredictOptions, command: Command) => {
      if (!options.row && !options.csv && !options.request) throw new Failure('give --row, --csv or --request', 2);
      const { api, print } = await contextOf(command, 'app');
      const metadata = () => api.get<{ inputs: TensorMetadata[] }>(`/v2/models/${model}`);
      const body = options.request
        ? parseRequest(readInput(options.request))
        : requestFromRows(rowsFrom(options), (await metadata()).inputs);
      const response = await api.post<InferResponse>(`/v2/models/${model}/infer`, body);
      print(response, () => show(response));
    });

  program
    .command('outcomes')
    .description('send back what turned out to be true')
    .argument('<model>')
    .option('--id <prediction id>', 'one prediction')
    .option('--truth <truth>', 'its truth: the name of a class, or a number')
    .option('--csv <file>', 'a CSV file with the columns prediction_id and truth (- for standard input)')
    .action(async (model: string, options: { id?: string; truth?: string; csv?: string }, command: Command) => {
      const outcomes = outcomesFrom(options);
      const { api, print } = await contextOf(command, 'app');
      let accepted = 0;
      for (let start = 0; start < outcomes.length; start += 1000) {
        const part = outcomes.slice(start, start + 1000);
        accepted += (await api.post<{ accepted: number }>(`/api/v1/models/${model}/outcomes`, { outcomes: part }))
          .accepted;
      }
      print({ model, accepted }, () => `${accepted} outcomes accepted`);
    });
};

interface Outcome {
  readonly predictionId: string;
  readonly truth: string;
}

const outcomesFrom = (options: { id?: string; truth?: string; csv?: string }): Outcome[] => {
  if (options.id !== undefined && options.truth !== undefined)
    return [{ predictionId: options.id, truth: options.truth }];
  if (options.csv === undefined) throw new Failure('give --id and --truth, or --csv', 2);
  const records = parseCsv(readInput(options.csv), { columns: true, skip_empty_lines: true, trim: true }) as Array<
    Record<string, string>
  >;
  return records.map((record, index) => {
    const { prediction_id: predictionId, truth } = record;
    if (!predictionId || truth === undefined)
      throw new Failure(`row ${index + 1} of ${options.csv} lacks prediction_id or truth`, 2);
    return { predictionId, truth };
  });
};
