import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
/** What reads a whole table, or hides what it reads behind a text. */
const WHOLE_TABLE = [
  /\bScan(Command|Input)?\b/,
  /\bpaginateScan\b/,
  /\b(Execute|BatchExecute)(Statement|Transaction)(Command)?\b/,
  /\bExecuteTransaction(Command)?\b/,
];

const sourcesBelow = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));

const found = (folders: readonly string[]): string[] =>
  folders.flatMap(sourcesBelow).flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    return WHOLE_TABLE.flatMap((pattern) => {
      const [word] = pattern.exec(text) ?? [];
      return word === undefined ? [] : [`${file}: ${word}`];
    });
  });

test('nothing that runs reads a whole table, or DynamoDB by PartiQL', () => {
  expect(sourcesBelow('lambdas').length).toBeGreaterThan(100);
  expect(found(['lambdas', 'cli', 'serve'])).toEqual([]);
});
