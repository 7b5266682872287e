import { type CellKind, cellKindOf } from '../scoring/domain/cell-kind';
import { type EvaluationData, MAX_EVALUATION_ROWS, type Runnable, type SandboxRequest } from './contract';
import { checkDeclaration, planInputs } from './domain/plan-columns';
import { readingOf } from './domain/predictions';
import { SampledRows } from './domain/sampled-rows';
import type { EvaluationRows, FileSource, TableReader } from './ports';

type DataFile = Extract<EvaluationData, { kind: 'file' }>;

/** Which columns candidate and champion need, and how they are read; where they disagree, the candidate's way counts. */
const kindsFor =
  (candidate: Runnable, champion: Runnable | undefined, { declaration, source }: DataFile) =>
  (header: readonly string[]): ReadonlyMap<string, CellKind> => {
    checkDeclaration(header, source.file, declaration);
    const { task } = readingOf(candidate.signature.outputs, candidate.manifest);
    const { group, time, protected: attributes, segments } = declaration;
    const marks = [group, time].filter((name) => name !== undefined);
    const kinds = new Map<string, CellKind>([...attributes, ...segments, ...marks].map((name) => [name, 'text']));
    kinds.set(declaration.label, task === 'regression' ? 'number' : 'text');
    // What the champion lacks is its own affair, and found out when its turn comes.
    const others = champion?.signature.columns.filter(({ name }) => header.includes(name)) ?? [];
    const own = planInputs(candidate.signature, header, declaration, source.file).columns;
    for (const column of [...others, ...own]) kinds.set(column.name, cellKindOf(column));
    return kinds;
  };

/**
 * The evaluation data, as far as candidate and champion need them: the file lies on disk and is whole. Both see the same rows of it,
 * in whatever function they run. @throws UpstreamFailed
 */
export const openEvaluationData = async (
  data: DataFile,
  { candidate, champion: rival, sample }: Pick<SandboxRequest, 'candidate' | 'champion' | 'sample'>,
  ports: { readonly files: FileSource; readonly readTable: TableReader },
): Promise<EvaluationRows> => {
  const path = await ports.files.save(data.file, 'evaluation-data');
  const champion = rival.status === 'absent' ? undefined : rival.runnable;
  const kindsOf = kindsFor(candidate, champion, data);
  const options = { file: data.source.file, maxRows: MAX_EVALUATION_ROWS, kindsOf };
  const read: EvaluationRows['read'] = (take) => ports.readTable(path, options, take);
  return sample === undefined ? { read } : new SampledRows(read, sample);
};
