/** Text that renders as itself: whoever wrote it, it makes no row, link, heading, image or element. */
export const escaped = (text: string): string =>
  text
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~.:@-]/g, (sign) => `&#${sign.charCodeAt(0)};`);

type Cell = string | number | boolean | null | undefined;

const cellOf = (cell: Cell): string =>
  cell === undefined || cell === null || cell === '' ? '–' : escaped(String(cell));

/** A table whose cells are text, not Markdown. */
export const table = (head: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string =>
  [
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.map(cellOf).join(' | ')} |`),
  ].join('\n');

/** Four significant digits; the same number has the same text everywhere. */
export const rounded = (value: number | null | undefined): string | undefined =>
  value === null || value === undefined ? undefined : String(Number(value.toPrecision(4)));

/** A time as text; absent where it is. */
export const day = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString();
