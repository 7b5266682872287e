import { InvalidInput } from '../../kernel/errors';
import type { Manifest, Signature, Task, Tensor } from '../../registry/contract';
import { isFloat } from './tensor';

/** What decides how a version's outputs are read. */
export interface OutputDeclaration {
  readonly signature: Pick<Signature, 'outputs'>;
  readonly manifest: Pick<Manifest, 'task' | 'output'>;
}

export interface ScoreReading {
  readonly tensor: string;
  readonly kind: 'probability' | 'logit' | 'value';
  readonly column: number | undefined;
}

/** Labels name a class, or are its position already. */
export interface LabelReading {
  readonly tensor: string;
  readonly by: 'name' | 'position';
}

interface ClassReading {
  /** In the order of class indices; absent when labels are numbers and nobody named them. */
  readonly classes: readonly string[] | undefined;
  readonly label: LabelReading | undefined;
  readonly score: ScoreReading | undefined;
}

/** How a version's outputs become predictions, decided once from manifest and signature. */
export type OutputReading =
  | { readonly task: 'regression'; readonly score: ScoreReading }
  | (ClassReading & { readonly task: 'binary-classification'; readonly positive: number; readonly threshold: number })
  | (ClassReading & { readonly task: 'multiclass-classification' });

const names = (tensors: readonly Tensor[]): string => tensors.map((tensor) => tensor.name).join(', ');

/** Scores per row as the graph declares them; −1 if it does not say. */
const columnsOf = (tensor: Tensor): number => tensor.shape.slice(1).reduce((a, b) => (a < 0 || b < 0 ? -1 : a * b), 1);

const declared = (name: string, key: string, outputs: readonly Tensor[]): Tensor => {
  const found = outputs.find((tensor) => tensor.name === name);
  if (found !== undefined) return found;
  throw new InvalidInput(`${key} names ${name}, which is no output of the graph; outputs are ${names(outputs)}`);
};

interface Candidates {
  readonly label: Tensor | undefined;
  readonly score: Tensor | undefined;
}

/** Declared tensors, else the first label-like and the first floating-point output. */
const candidatesOf = ({ signature: { outputs }, manifest: { output } }: OutputDeclaration): Candidates => ({
  label: output?.label
    ? declared(output.label.tensor, 'output.label.tensor', outputs)
    : outputs.find((tensor) => !isFloat(tensor.datatype) && tensor.name !== output?.score?.tensor),
  score: output?.score
    ? declared(output.score.tensor, 'output.score.tensor', outputs)
    : outputs.find((tensor) => isFloat(tensor.datatype) && tensor.name !== output?.label?.tensor),
});

const taskOf = ({ signature, manifest }: OutputDeclaration, { label, score }: Candidates): Task => {
  if (manifest.task !== undefined) return manifest.task;
  const classes = manifest.output?.classes?.length;
  if (classes !== undefined) return classes === 2 ? 'binary-classification' : 'multiclass-classification';
  const columns = score === undefined ? 0 : columnsOf(score);
  if (label === undefined) {
    if (columns === 1) return 'regression';
    throw new InvalidInput(
      `set task in contender.yaml: output ${score?.name ?? names(signature.outputs)} may hold numbers or scores of classes`,
    );
  }
  if (label.datatype === 'BOOL' || columns === 1 || columns === 2) return 'binary-classification';
  return 'multiclass-classification';
};

const isInteger = (text: string): boolean => /^-?\d+$/.test(text);

const labelReading = (label: Tensor, classes: readonly string[] | undefined): LabelReading => {
  if (label.datatype === 'BYTES' && classes === undefined) {
    throw new InvalidInput(`output ${label.name} holds class names; list them as output.classes in contender.yaml`);
  }
  const byName = label.datatype === 'BYTES' || (label.datatype !== 'BOOL' && (classes?.every(isInteger) ?? false));
  return { tensor: label.name, by: byName ? 'name' : 'position' };
};

const scoreReading = (
  { manifest }: OutputDeclaration,
  score: Tensor,
  fallback: ScoreReading['kind'],
): ScoreReading => ({
  tensor: score.name,
  kind: manifest.output?.score?.kind ?? fallback,
  column: manifest.output?.score?.column,
});

const positiveOf = (classes: readonly string[] | undefined, positive: string | undefined): number => {
  if (classes !== undefined && classes.length !== 2) {
    throw new InvalidInput(`task binary-classification needs two output.classes; given ${classes.length}`);
  }
  if (positive === undefined) return 1;
  const index = classes === undefined ? Number(positive) : classes.indexOf(positive);
  if (index === 0 || index === 1) return index;
  throw new InvalidInput(
    `output.positive is ${positive}, which is none of the classes ${classes?.join(', ') ?? '0, 1'}; name one of them`,
  );
};

const classReading = (declaration: OutputDeclaration, { label, score }: Candidates): ClassReading => {
  const { output } = declaration.manifest;
  const classes = output?.classes;
  if (label === undefined && score === undefined) {
    throw new InvalidInput(`no output can be read as classes; outputs are ${names(declaration.signature.outputs)}`);
  }
  // A label that nobody declared gives way to score and threshold, so that a changed threshold counts.
  const binary = taskOf(declaration, { label, score }) === 'binary-classification';
  const usesLabel = label !== undefined && (output?.label !== undefined || score === undefined || !binary);
  return {
    classes,
    label: usesLabel ? labelReading(label, classes) : undefined,
    score: score && scoreReading(declaration, score, 'probability'),
  };
};

/**
 * Decides how a version's outputs are read.
 * @throws InvalidInput when the manifest contradicts the graph, or says too little; the message says what to add.
 */
export const outputReadingOf = (declaration: OutputDeclaration): OutputReading => {
  const candidates = candidatesOf(declaration);
  const task = taskOf(declaration, candidates);
  const { output } = declaration.manifest;
  if (task === 'regression') {
    const tensor = candidates.score ?? candidates.label;
    if (tensor === undefined || tensor.datatype === 'BYTES') {
      throw new InvalidInput(`no output holds numbers; outputs are ${names(declaration.signature.outputs)}`);
    }
    return { task, score: scoreReading(declaration, tensor, 'value') };
  }
  const reading = classReading(declaration, candidates);
  if (task === 'multiclass-classification') return { task, ...reading };
  const positive = positiveOf(reading.classes, output?.positive);
  return { task, ...reading, positive, threshold: output?.threshold ?? 0.5 };
};
