import type { core } from 'zod';
import { type Manifest, manifestSchema } from '../../registry/contract';
import { UploadRejected } from './rejected';
import { readYaml, type YamlDocument } from './yaml-document';

/** Name of the file in which an upload says what it is. */
export const MANIFEST = 'contender.yaml';

const describe = (issue: core.$ZodIssue, document: YamlDocument): string => {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const path = [...issue.path, ...unknown.slice(0, 1)];
  const line = document.lineOf(path);
  const where = line === undefined ? MANIFEST : `${MANIFEST} line ${line}`;
  if (unknown.length > 0)
    return `${where}: unknown key "${unknown.join('", "')}"${issue.path.length > 0 ? ` under ${issue.path.join('.')}` : ''}`;
  return `${where}: ${issue.path.join('.') || 'the document'}: ${issue.message}`;
};

const refuseSelective = (manifest: Manifest, document: YamlDocument): void => {
  if (manifest.outcomes === undefined || manifest.outcomes.observed === 'always') return;
  const line = document.lineOf(['outcomes', 'observed']);
  throw new UploadRejected(
    'bad-manifest',
    `${MANIFEST} line ${line}: outcomes.observed: outcomes that are observed only after some decisions are not supported yet, since selective outcomes bias every comparison; set it to always or leave it out`,
  );
};

/** `contender.yaml`, parsed and checked. @throws UploadRejected naming the line and key of each fault */
export const readManifest = (text: string): Manifest => {
  const document = readYaml(text, MANIFEST, 'bad-manifest');
  const parsed = manifestSchema.safeParse(document.values);
  if (!parsed.success)
    throw new UploadRejected('bad-manifest', parsed.error.issues.map((issue) => describe(issue, document)).join('; '));
  refuseSelective(parsed.data, document);
  return parsed.data;
};

/** What an upload without a contender.yaml declares: nothing. */
export const emptyManifest = (): Manifest => manifestSchema.parse({});
