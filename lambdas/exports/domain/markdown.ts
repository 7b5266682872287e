/** What makes an element, a row, emphasis, code, a link or an image wherever it stands. */
const ANYWHERE = /[\\`*[\]!|~@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g;
/** What GitHub makes a link of by itself: `https://`, `www.`, `mailto:`, `xmpp:`. */
const LINKED = /:(?=\/\/)|(?<=www)\.|(?<=mailto|xmpp):/gi;
/** What makes a heading, a list or a rule of a line that begins with it. */
const LEADING = /^(\d*)([-+=#.)])(?=\s|$)/;

const entityOf = (sign: string): string => `&#${sign.charCodeAt(0)};`;

/** Text that renders as itself: whoever wrote it, it makes no row, link, heading, image or element. What cannot is left as it is, to be read without a renderer. */
export const escaped = (text: string): string =>
  text
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(LINKED, entityOf)
    .replace(ANYWHERE, entityOf)
    .replace(LEADING, (_, digits: string, sign: string) => `${digits}${entityOf(sign)}`);

export type Cell = string | number | boolean | null | undefined;

const cellOf = (cell: Cell): string => {
  if (cell === undefined || cell === null || cell === '') return '–';
  return typeof cell === 'string' ? escaped(cell) : String(cell);
};

/** A table whose cells are text, not Markdown. */
export const table = (head: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string =>
  [
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.map(cellOf).join(' | ')} |`),
  ].join('\n');

/** Names and values, without those that are absent; '' where all are. */
export const facts = (rows: ReadonlyArray<readonly [string, Cell]>): string => {
  const known = rows.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return known.length === 0 ? '' : table(['', ''], known);
};

/** Four significant digits; the same number has the same text everywhere. */
export const rounded = (value: number | null | undefined): number | undefined =>
  value === null || value === undefined ? undefined : Number(value.toPrecision(4));

/** From one number to another. */
export const between = (low: number | undefined, high: number | undefined): string | undefined =>
  low === undefined || high === undefined ? undefined : `${rounded(low)} to ${rounded(high)}`;

/** A time as text, to the second; absent where it is. */
export const day = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
