import { type CellKind, cellKindOf } from '../scoring/domain/cell-kind';
import { type EvaluationData, MAX_EVALUATION_ROWS, type Runnable } from './contract';
import { checkDeclaration, planInputs } from './domain/plan-columns';
import { readingOf } from './domain/predictions';
import type { Table } from './domain/table';
import type { FileSource, TableReader } from './ports';

type DataFile = Extract<EvaluationData, { kind: 'file' }>;

/** Which columns candidate and champion need, and how they are read; where they disagree, the candidate's way counts. */
const kindsFor =
  (candidate: Runnable, champion: Runnable | undefined, { declaration, source }: DataFile) =>
  (header: readonly string[]): ReadonlyMap<string, CellKind> => {
    checkDeclaration(header, source.file, declaration);
    const { task } = readingOf(candidate.signature.outputs, candidate.manifest);
    const kinds = new Map<string, CellKind>(declaration.protected.map((name) => [name, 'text']));
    kinds.set(declaration.label, task === 'regression' ? 'number' : 'text');
    // What the champion lacks is its own affair, and found out when its turn comes.
    const others = champion?.signature.columns.filter(({ name }) => header.includes(name)) ?? [];
    const own = planInputs(candidate.signature, header, declaration, source.file).columns;
    for (const column of [...others, ...own]) kinds.set(column.name, cellKindOf(column));
    return kinds;
  };

/** The evaluation data, as far as candidate and champion need them. @throws CandidateRejected, UpstreamFailed */
export const readEvaluationData = (
  data: DataFile,
  candidate: Runnable,
  champion: Runnable | undefined,
  ports: { readonly files: FileSource; readonly readTable: TableReader },
): Promise<Table> =>
  ports.readTable(ports.files.stream(data.file), {
    file: data.source.file,
    maxRows: MAX_EVALUATION_ROWS,
    kindsOf: kindsFor(candidate, champion, data),
  });
