import { InvalidInput } from '../../kernel/errors';

/** Longest row of a CSV file, in characters: a missing quote must not swallow all of it into one cell. */
export const MAX_CSV_ROW_LENGTH = 1_000_000;

const SEPARATORS = [';', '\t', '|'];

/**
 * Names of the columns of a CSV file.
 * @param file its name in messages
 * @throws InvalidInput for a name given twice, and for a file that is not separated by commas.
 */
export const csvHeader = (record: readonly string[], file: string): readonly string[] => {
  const header = record.map((name) => name.trim());
  const twice = header.find((name, at) => header.indexOf(name) !== at);
  if (twice !== undefined) throw new InvalidInput(`${file} has two columns named '${twice}'; rename one`);
  const [only] = header;
  const separator = header.length === 1 ? SEPARATORS.find((mark) => only?.includes(mark)) : undefined;
  if (separator === undefined) return header;
  throw new InvalidInput(`${file} seems to be separated by ${JSON.stringify(separator)}; write it with commas`);
};
