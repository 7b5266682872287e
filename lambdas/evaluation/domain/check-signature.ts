import type { Signature, Tensor } from '../../registry/contract';
import type { LoadedModel } from '../model-protocol';
import { CandidateRejected } from './candidate-rejected';

const show = (tensors: readonly Tensor[]): string =>
  tensors.map(({ name, datatype, shape }) => `${name} ${datatype}[${shape.join(', ')}]`).join('; ');

const differs = (registered: readonly Tensor[], loaded: readonly Tensor[]): boolean =>
  registered.length !== loaded.length ||
  registered.some(({ name, datatype }) => loaded.find((tensor) => tensor.name === name)?.datatype !== datatype);

/** The graph that was loaded must be the one that was described at registration. @throws CandidateRejected */
export const checkSignature = (signature: Signature, loaded: LoadedModel): void => {
  for (const side of ['inputs', 'outputs'] as const) {
    if (!differs(signature[side], loaded[side])) continue;
    throw new CandidateRejected(
      'signature-mismatch',
      `the graph's ${side} are ${show(loaded[side])} once it is loaded, but were registered as ${show(signature[side])}; export it again`,
    );
  }
};

/** Rows a run where the graph fixes them: 1, or undefined where it leaves them open. @throws CandidateRejected */
export const fixedRowsOf = ({ inputs }: LoadedModel): number | undefined => {
  const fixed = inputs.find(({ shape }) => (shape[0] ?? -1) >= 0);
  const rows = fixed?.shape[0];
  if (fixed === undefined || rows === 1) return rows;
  throw new CandidateRejected(
    'signature-mismatch',
    `input ${fixed.name} takes exactly ${rows} rows at once; export the model with a variable first dimension`,
  );
};
