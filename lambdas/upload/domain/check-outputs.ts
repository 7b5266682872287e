import type { Manifest, Tensor } from '../../registry/contract';
import { UploadRejected } from './rejected';

/** What a manifest may answer with beside outputs: they are read from them. */
const READ = ['label', 'score'];

/** Outputs as messages name them: of a file, or of an endpoint. */
interface Outputs {
  readonly tensors: readonly Pick<Tensor, 'name'>[];
  readonly owner: string;
}

const mismatch = (said: string, { tensors, owner }: Outputs, remedy = ''): UploadRejected => {
  const names = tensors.map(({ name }) => name).join(', ');
  return new UploadRejected(
    'signature-mismatch',
    `contender.yaml says ${said}, but the outputs of ${owner} are ${names}${remedy}`,
  );
};

/** @throws UploadRejected for scores or labels from an output that there is not */
export const checkReadOutputs = ({ output }: Manifest, outputs: Outputs): void => {
  for (const [key, tensor] of [
    ['output.score.tensor', output?.score?.tensor],
    ['output.label.tensor', output?.label?.tensor],
  ] as const) {
    if (tensor !== undefined && !outputs.tensors.some(({ name }) => name === tensor))
      throw mismatch(`${key}: ${tensor}`, outputs);
  }
};

/** @throws UploadRejected for an answer with an output that there is not: every invocation would fail */
export const checkRespondedOutputs = ({ output }: Manifest, outputs: Outputs): void => {
  const known = new Set(outputs.tensors.map(({ name }) => name));
  const stray = output?.respond?.find((name) => !known.has(name) && !READ.includes(name));
  if (stray === undefined) return;
  const read = READ.filter((name) => !known.has(name)).map((name) => `, or ${name}, which is read from them`);
  throw mismatch(
    `output.respond: [${output?.respond?.join(', ')}]`,
    outputs,
    `; instead of ${stray} name one of these${read.join('')}`,
  );
};
