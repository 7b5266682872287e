import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type { core } from 'zod';
import { type Manifest, manifestSchema } from '../../registry/contract';
import { UploadRejected } from './rejected';

/** Name of the file in which an upload says what it is. */
export const MANIFEST = 'contender.yaml';

type Document = ReturnType<typeof parseDocument>;

/** Line of the deepest node on the way to `path` that the document has. */
const lineOf = (document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined => {
  for (let depth = path.length; depth >= 0; depth--) {
    const keys = path.slice(0, depth).map(String);
    const node = document.getIn(keys, true);
    const offset = isNode(node) ? node.range?.[0] : undefined;
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return undefined;
};

const describe = (issue: core.$ZodIssue, document: Document, lines: LineCounter): string => {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const path = [...issue.path, ...unknown.slice(0, 1)];
  const line = lineOf(document, lines, path);
  const where = line === undefined ? MANIFEST : `${MANIFEST} line ${line}`;
  if (unknown.length > 0)
    return `${where}: unknown key "${unknown.join('", "')}"${issue.path.length > 0 ? ` under ${issue.path.join('.')}` : ''}`;
  return `${where}: ${issue.path.join('.') || 'the document'}: ${issue.message}`;
};

/** Aliases are followed only here; one that leads nowhere, or a bomb of them, is a fault of the document too. */
const valuesOf = (document: Document): unknown => {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    throw new UploadRejected('bad-manifest', `${MANIFEST}: ${(error as Error).message}; write the values out`);
  }
};

const refuseSelective = (manifest: Manifest, document: Document, lines: LineCounter): void => {
  if (manifest.outcomes === undefined || manifest.outcomes.observed === 'always') return;
  const line = lineOf(document, lines, ['outcomes', 'observed']);
  throw new UploadRejected(
    'bad-manifest',
    `${MANIFEST} line ${line}: outcomes.observed: outcomes that are observed only after some decisions are not supported yet, since selective outcomes bias every comparison; set it to always or leave it out`,
  );
};

/** `contender.yaml`, parsed and checked. @throws UploadRejected naming the line and key of each fault */
export const readManifest = (text: string): Manifest => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const [fault] = document.errors;
  if (fault)
    throw new UploadRejected('bad-manifest', `${MANIFEST} line ${lines.linePos(fault.pos[0]).line}: ${fault.message}`);
  if (document.contents !== null && !isMap(document.contents))
    throw new UploadRejected('bad-manifest', `${MANIFEST} is no mapping of keys to values`);
  const parsed = manifestSchema.safeParse(valuesOf(document));
  if (!parsed.success)
    throw new UploadRejected(
      'bad-manifest',
      parsed.error.issues.map((issue) => describe(issue, document, lines)).join('; '),
    );
  refuseSelective(parsed.data, document, lines);
  return parsed.data;
};

/** What an upload without a contender.yaml declares: nothing. */
export const emptyManifest = (): Manifest => manifestSchema.parse({});
