import type { Runnable } from './contract';
import { checkSignature } from './domain/check-signature';
import { type ReadyModel, readyModel } from './judge-on-data';
import type { FileSource, ModelProcess } from './ports';

/** Where the graph lies now; undefined for a version at an endpoint. @throws UpstreamFailed, CandidateRejected */
export const saveGraph = async ({ runtime }: Runnable, files: FileSource, name: string): Promise<string | undefined> =>
  runtime.kind === 'onnx' ? files.save(runtime.graph, `${name}.onnx`) : undefined;

/** A candidate, which must be what was described at registration. @throws CandidateRejected, UpstreamFailed */
export const loadCandidate = async (
  process: ModelProcess,
  runnable: Runnable,
  files: FileSource,
): Promise<ReadyModel> => {
  const loaded = await process.load(await saveGraph(runnable, files, 'candidate'));
  checkSignature(runnable.signature, loaded);
  return readyModel(process, runnable, loaded);
};
