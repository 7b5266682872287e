import type { AcceptedVersion, EntryOf } from '../../registry/contract';
import { trainingOf } from '../../registry/domain/training';

interface Registration extends Pick<AcceptedVersion, 'manifest' | 'run' | 'runtime' | 'source' | 'copiedFrom'> {
  readonly files: readonly unknown[];
}

/** What a version is, and says it was made from. */
export const registrationFacts = (candidate: Registration): EntryOf<'Version Registered'>['detail'] => {
  const lineage = { ...trainingOf(candidate), copiedFrom: candidate.copiedFrom };
  const facts = { files: candidate.files.length, runtime: candidate.runtime.kind, lineage };
  // Without what is undefined: the chain's hash is of what is stored.
  return JSON.parse(JSON.stringify({ source: candidate.source.key, ...facts }));
};
