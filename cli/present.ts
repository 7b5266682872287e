import Table from 'cli-table3';
import color from 'picocolors';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A table without lines: heads in bold, a row a thing. */
export const table = (heads: readonly string[], rows: ReadonlyArray<readonly unknown[]>): string => {
  const made = new Table({
    head: heads.map((head) => color.bold(head)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  made.push(...rows.map((row) => row.map((cell) => (cell === undefined || cell === null ? '–' : String(cell)))));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

/** UTC, to the second. */
export const time = (at: number | undefined): string =>
  at === undefined ? '–' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

export const digest = (sha256: string | undefined): string => (sha256 ? sha256.slice(0, 12) : '–');

/** Four significant digits; metrics need no more, latencies have no more. */
export const number = (value: number | undefined | null): string =>
  value === undefined || value === null ? '–' : String(Number(value.toPrecision(4)));

const STATUS_COLORS: Readonly<Record<string, (text: string) => string>> = {
  SERVING: color.green,
  APPROVED: color.green,
  PROMOTED: color.green,
  EVALUATED: color.cyan,
  PENDING: color.yellow,
  RUNNING: color.yellow,
  REJECTED: color.red,
  ROLLED_BACK: color.red,
  ABORTED: color.red,
};

export const status = (name: string): string => (STATUS_COLORS[name] ?? ((text: string) => text))(name);

export const heading = (text: string): string => color.bold(text);
