import { type Actor, type Manifest, manifestSchema } from '../../lambdas/registry/contract';
import type { AcceptedCandidate, RejectedCandidate } from '../../lambdas/upload/ports';
import { ADA } from '../upload/fakes';

interface Wanted {
  readonly model?: string;
  /** Tells uploads apart. */
  readonly upload: string;
  /** Tells bytes apart. */
  readonly digest?: number;
  readonly uploader?: Actor;
  readonly manifest?: Partial<Manifest>;
}

const digestOf = (n: number): string => n.toString(16).padStart(64, '0');

/** What an upload is once its files were read and found good. */
export const candidateOf = ({ model = 'wage', upload, digest = 1, ...rest }: Wanted): AcceptedCandidate => ({
  model,
  uploader: rest.uploader ?? ADA,
  source: { bucket: 'uploads', key: `inbox/${model}/${upload}/`, id: upload },
  at: 1000,
  uploadHash: `hash-${upload}`,
  rootDigest: digestOf(digest),
  files: [{ path: 'model.onnx', size: 10, sha256: digestOf(digest + 1000) }],
  artifactPrefix: `models/${model}/${digestOf(digest)}/`,
  manifest: manifestSchema.parse(rest.manifest ?? {}),
  signing: { status: 'unsigned' },
  runtime: { kind: 'onnx', file: 'model.onnx' },
  signature: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
    columns: [],
  },
});

export const rejectedOf = (wanted: Wanted): RejectedCandidate => {
  const { model, uploader, source, at, uploadHash, rootDigest } = candidateOf(wanted);
  const rejection = { code: 'not-onnx', message: 'model.onnx is no ONNX file' };
  return { model, uploader, source, at, uploadHash, rejection, ...(wanted.digest === undefined ? {} : { rootDigest }) };
};
