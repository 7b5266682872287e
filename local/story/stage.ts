import { join } from 'node:path';
import color from 'picocolors';
import { Api } from '../../cli/api';
import { run } from '../child-process';
import { LocalFailure } from '../failure';
import { type Platform, ROOT } from '../platform';
import { onConsole, type Progress } from '../progress';

export const MODEL = 'living-wage';
export const EXAMPLE = join(ROOT, 'examples/living-wage');

/** What a chapter of the story works with: the platform, and how it speaks to the reader. */
export class Stage {
  readonly progress: Progress = onConsole;

  constructor(readonly platform: Platform) {}

  /** Opens a chapter. */
  chapter(number: number, title: string): void {
    console.log(`\n${color.bold(`${number}. ${title}`)}`);
  }

  say(text: string): void {
    console.log(`  ${text}`);
  }

  /** The API as one of the local identities. */
  async api(identity: string): Promise<Api> {
    const { token } = await this.platform.tokenFor(identity);
    return new Api(this.platform.outputs.apiUrl, token);
  }

  /** Runs the `contender` command just as the reader could, and shows it. @throws LocalFailure when it fails */
  async contender(args: readonly string[], options: { as?: string; shown?: boolean } = {}): Promise<string> {
    const identity = options.as === undefined ? [] : ['--as', options.as];
    const { code, printed } = await this.cli([...args, ...identity], options.shown ?? true);
    if (code !== 0) throw new LocalFailure(`contender ${args.join(' ')} failed: ${printed.trim()}`);
    return printed;
  }

  /** Runs the command where it must be refused, and shows why. @throws LocalFailure when it is not */
  async refused(args: readonly string[], as: string): Promise<void> {
    const { code, printed } = await this.cli([...args, '--as', as], true);
    if (code === 0) throw new LocalFailure(`contender ${args.join(' ')} as ${as} should have been refused`);
    this.say(color.yellow(printed.trim()));
  }

  private async cli(args: readonly string[], shown: boolean): Promise<{ code: number | null; printed: string }> {
    if (shown)
      this.say(color.dim(`$ contender ${args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)).join(' ')}`));
    const env = { ...process.env, CONTENDER_OUTPUTS: join(this.platform.dir, 'outputs.json') } as Record<
      string,
      string
    >;
    return run({ command: process.execPath, args: [join(ROOT, 'dist/contender.cjs'), ...args], cwd: ROOT, env });
  }
}

/** Looks until something is there. @throws LocalFailure naming what was waited for */
export const until = async <T>(what: string, look: () => Promise<T | undefined>, timeoutMs = 60_000): Promise<T> => {
  for (const end = Date.now() + timeoutMs; Date.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((tick) => setTimeout(tick, 150));
  }
  throw new LocalFailure(`waited ${timeoutMs / 1000} s for ${what}, in vain`);
};
