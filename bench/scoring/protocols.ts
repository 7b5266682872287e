import type { Golden } from './models';

/** How a server is asked about one row, and whether what it says is right. */
export interface Protocol {
  readonly path: (model: string) => string;
  readonly question: (row: readonly number[]) => unknown;
  /** Whether `answer` is the right one for golden row number `row`; throws or says false otherwise. */
  readonly isRight: (answer: unknown, golden: Golden, row: number) => boolean;
}

/** ONNX Runtime sums in single precision what scikit-learn sums in double. */
const TOLERANCE = 1e-4;

export const agrees = (golden: Golden, row: number, label: unknown, probabilities: readonly unknown[]): boolean => {
  const expected = golden.probabilities[row] ?? [];
  return (
    label === golden.labels[row] &&
    probabilities.length === expected.length &&
    expected.every((value, column) => Math.abs(value - Number(probabilities[column])) <= TOLERANCE)
  );
};

interface OipAnswer {
  readonly outputs: readonly { readonly name: string; readonly data: readonly unknown[] }[];
}

const oipQuestion = (row: readonly number[]) => ({
  inputs: [{ name: 'features', datatype: 'FP32', shape: [1, row.length], data: row }],
});

export const OIP: Protocol = {
  path: (model) => `/v2/models/${model}/infer`,
  question: oipQuestion,
  isRight: (answer, golden, row) => {
    const dataOf = (tensor: string) => (answer as OipAnswer).outputs.find(({ name }) => name === tensor)?.data ?? [];
    return agrees(golden, row, dataOf('label')[0], dataOf('probabilities'));
  },
};

/** The same request as OIP's, sent back. */
export const ECHO: Protocol = {
  ...OIP,
  isRight: (answer, golden, row) => JSON.stringify(answer) === JSON.stringify(oipQuestion(golden.rows[row] ?? [])),
};

interface Columns {
  readonly label: readonly unknown[];
  readonly probabilities: readonly (readonly unknown[])[];
}

const isRightRow = ({ label, probabilities }: Columns, golden: Golden, row: number): boolean =>
  agrees(golden, row, label[0], probabilities[0] ?? []);

export const MLFLOW: Protocol = {
  path: () => '/invocations',
  question: (row) => ({ inputs: { features: [row] } }),
  isRight: (answer, golden, row) => isRightRow((answer as { predictions: Columns }).predictions, golden, row),
};

export const BENTOML: Protocol = {
  path: () => '/predict',
  question: (row) => ({ features: [row] }),
  isRight: (answer, golden, row) => isRightRow(answer as Columns, golden, row),
};
