/**
 * A cell of a typed file as a CSV file would have it, so that both are read by the same rules; the empty string is missing.
 * A whole number is written without a fraction, a time in ISO 8601.
 */
export const wordOf = (cell: unknown): string => {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return '';
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? '' : cell.toISOString();
  return String(cell);
};
