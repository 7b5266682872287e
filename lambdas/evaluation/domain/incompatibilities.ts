import type { AcceptedVersion, Column, Tensor } from '../../registry/contract';
import { isOptional } from '../../scoring/domain/cell-kind';

type Signed = Pick<AcceptedVersion, 'signature' | 'manifest'>;

/** Levels that were taken and are refused now. */
const lostLevels = (before: Column, now: Column): readonly string[] => {
  if (now.levels === undefined || now.unseen === 'missing') return [];
  return (before.levels ?? []).filter((level) => !now.levels?.includes(level));
};

/** A range binds only a column that rejects the unseen. */
const rangeOf = ({ min, max, unseen }: Column): readonly [number, number] =>
  unseen === 'reject' ? [min ?? -Infinity, max ?? Infinity] : [-Infinity, Infinity];

const columnProblems = (before: Column, now: Column | undefined): string[] => {
  const name = `column '${before.name}'`;
  if (now === undefined) return [`${name} is removed`];
  const problems: string[] = [];
  if (now.type !== before.type) problems.push(`${name} is ${now.type}, was ${before.type}`);
  if (isOptional(before) && !isOptional(now)) problems.push(`${name} may no longer be left out`);
  const lost = lostLevels(before, now);
  if (lost.length > 0) problems.push(`${name} no longer takes ${lost.slice(0, 5).join(', ')}`);
  if (before.levels === undefined && now.levels !== undefined && now.unseen !== 'missing') {
    problems.push(`${name} takes its levels only, was free`);
  }
  const [least, most] = rangeOf(now);
  const [wasLeast, wasMost] = rangeOf(before);
  if (least > wasLeast || most < wasMost) {
    problems.push(`${name} takes ${least} to ${most} only, was ${wasLeast} to ${wasMost}`);
  }
  return problems;
};

const columnsProblems = (before: readonly Column[], now: readonly Column[]): string[] => {
  const known = new Set(before.map(({ name }) => name));
  const added = now.filter((column) => !known.has(column.name) && !isOptional(column));
  return [
    ...before.flatMap((column) =>
      columnProblems(
        column,
        now.find(({ name }) => name === column.name),
      ),
    ),
    ...added.map(({ name }) => `column '${name}' is new, and nothing stands for it where it is left out (missing:)`),
  ];
};

const fits = (before: readonly number[], now: readonly number[]): boolean =>
  before.length === now.length && before.every((size, at) => now[at] === -1 || now[at] === size);

const shown = ({ datatype, shape }: Tensor): string => `${datatype} [${shape.join(', ')}]`;

const tensorProblems = (kind: 'input' | 'output', before: readonly Tensor[], now: readonly Tensor[]): string[] =>
  before.flatMap((tensor) => {
    const same = now.find(({ name }) => name === tensor.name);
    if (same === undefined) return [`${kind} ${tensor.name} is removed`];
    // Inputs must take what was taken; outputs must hold what was answered.
    const fit = kind === 'input' ? fits(tensor.shape, same.shape) : fits(same.shape, tensor.shape);
    if (same.datatype === tensor.datatype && fit) return [];
    return [`${kind} ${tensor.name} is ${shown(same)}, was ${shown(tensor)}`];
  });

const tensorsProblems = (before: Signed['signature'], now: Signed['signature']): string[] => {
  const known = new Set(before.inputs.map(({ name }) => name));
  const added = now.inputs.filter(({ name }) => !known.has(name));
  return [
    ...tensorProblems('input', before.inputs, now.inputs),
    ...added.map(({ name }) => `input ${name} is new, and a tensor cannot be left out`),
    ...tensorProblems('output', before.outputs, now.outputs),
  ];
};

const answerProblems = (before: Signed['manifest'], now: Signed['manifest']): string[] => {
  const problems: string[] = [];
  if (before.task !== undefined && now.task !== undefined && before.task !== now.task) {
    problems.push(`the task is ${now.task}, was ${before.task}`);
  }
  const classes = now.output?.classes;
  const gone = classes ? (before.output?.classes ?? []).filter((name) => !classes.includes(name)) : [];
  if (gone.length > 0) problems.push(`the class ${gone.slice(0, 5).join(', ')} is no longer predicted`);
  return problems;
};

/**
 * Why callers of the champion could not be answered by the candidate; none when they can. Where both have columns, callers by name
 * count, and tensors follow their columns: an added column that may be left out is compatible.
 */
export const incompatibilities = (champion: Signed, candidate: Signed): string[] => {
  const before = champion.signature;
  const now = candidate.signature;
  const answers = answerProblems(champion.manifest, candidate.manifest);
  if (before.columns.length === 0) return [...tensorsProblems(before, now), ...answers];
  if (now.columns.length === 0) return ['it takes tensors only, and the champion takes columns by name', ...answers];
  return [...columnsProblems(before.columns, now.columns), ...answers];
};
