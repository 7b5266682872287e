const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const LONGEST = 400;

/** What says most about a failed deployment comes first. */
const TELLING: readonly RegExp[] = [
  // A resource's event: "stack | 3/9 | 12:00:00 | CREATE_FAILED | AWS::X::Y | path (id) reason".
  /\|\s*(?:CREATE|UPDATE|DELETE)_FAILED\s*\|\s*(?<text>.*)/,
  /^‣\s*(?<text>\S.*)/,
  /^❌\s*(?<text>\S.*)/u,
  // What TypeScript code throws during synthesis; its name stands at the start of a line.
  /^(?:\w+)?(?<text>Error(?: \[\w+\])?: \S.*)/,
  /(?<text>error TS\d+: .*)/,
  /✘ \[ERROR\] (?<text>.*)/,
];

/** Errors that say of several lines, such as every fault of a config, continue indented. */
const withContinuation = (lines: readonly string[], at: number, text: string): string => {
  const more: string[] = [];
  for (const line of lines.slice(at + 1)) {
    if (!/^\s{2,}\S/.test(line) || /^\s+at /.test(line)) break;
    more.push(line.trim());
  }
  return [text, ...more].join(' ');
};

/** The sentence of CDK's output that says what went wrong: the failing resource's reason, else the first error. */
export const reasonIn = (printed: string): string => {
  const lines = printed.replace(ANSI, '').split('\n');
  for (const pattern of TELLING) {
    const at = lines.findIndex((line) => pattern.test(line));
    const text = pattern.exec(lines[at] ?? '')?.groups?.text;
    if (text) return withContinuation(lines, at, text).replace(/\s+/g, ' ').trim().slice(0, LONGEST);
  }
  const last = lines.map((line) => line.trim()).filter(Boolean);
  return (last.at(-1) ?? 'it gave no reason').slice(0, LONGEST);
};
