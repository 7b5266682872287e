import { run } from '../../cli/main';
import { TEST_DIR } from './platform';

/** What the CLI prints. */
export const said = async (...words: string[]): Promise<{ code: number; out: string; error: string }> => {
  const out: string[] = [];
  const errors: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line) => void out.push(String(line)));
  const error = jest.spyOn(console, 'error').mockImplementation((line) => void errors.push(String(line)));
  const code = await run(['node', 'contender', '--outputs', `${TEST_DIR}/outputs.json`, ...words]);
  log.mockRestore();
  error.mockRestore();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such.
  return { code, out: out.join('\n').replace(/\x1b\[\d+m/g, ''), error: errors.join('\n') };
};
