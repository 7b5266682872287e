import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { UploadRejected, type UploadRejectionCode } from './rejected';

/** A file of YAML, and the lines of what stands in it. */
export interface YamlDocument {
  readonly values: unknown;
  /** Line of the deepest node on the way to `path` that the document has. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

type Document = ReturnType<typeof parseDocument>;

/** Aliases are followed only here; one that leads nowhere, or a bomb of them, is a fault of the document too. */
const valuesOf = (document: Document, name: string, code: UploadRejectionCode): unknown => {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    throw new UploadRejected(code, `${name}: ${(error as Error).message}; write the values out`);
  }
};

/** @throws UploadRejected with `code`, naming the line, when the text is no mapping in YAML */
export const readYaml = (text: string, name: string, code: UploadRejectionCode): YamlDocument => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const [fault] = document.errors;
  if (fault) throw new UploadRejected(code, `${name} line ${lines.linePos(fault.pos[0]).line}: ${fault.message}`);
  if (document.contents !== null && !isMap(document.contents))
    throw new UploadRejected(code, `${name} is no mapping of keys to values`);
  const lineOf = (path: readonly PropertyKey[]): number | undefined => {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = document.getIn(path.slice(0, depth).map(String), true);
      const offset = isNode(node) ? node.range?.[0] : undefined;
      if (offset !== undefined) return lines.linePos(offset).line;
    }
    return undefined;
  };
  return { values: valuesOf(document, name, code), lineOf };
};
