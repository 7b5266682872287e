import color from 'picocolors';

/** How long something took, in seconds with one digit. */
export const seconds = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Says what is going on: in place on a terminal, a line a step elsewhere, nothing when quiet. */
export interface Progress {
  /** Runs `work` as a step named `title`; `detail` may be called with what it is at. */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  line(text: string): void;
}

export const silent: Progress = { step: (_title, work) => work(() => {}), line: () => {} };

const onTerminal = (title: string): { update: (detail: string) => void; stop: () => void } => {
  let frame = 0;
  let detail = '';
  const draw = () => {
    const width = (process.stdout.columns ?? 80) - 1;
    const text = `${FRAMES[frame % FRAMES.length]} ${title}${detail ? ` · ${detail}` : ''}`;
    frame += 1;
    process.stdout.write(`\r\u001b[2K${text.slice(0, width)}`);
  };
  const timer = setInterval(draw, 100);
  return {
    update: (text) => {
      detail = text;
    },
    stop: () => {
      clearInterval(timer);
      process.stdout.write('\r\u001b[2K');
    },
  };
};

/** Elsewhere than on a terminal a detail is printed at most this often. */
const PLAIN_DETAIL_MS = 5000;

const inPlainLines = (title: string): { update: (detail: string) => void; stop: () => void } => {
  let last = Date.now();
  const update = (detail: string) => {
    if (Date.now() - last < PLAIN_DETAIL_MS) return;
    last = Date.now();
    console.log(`  … ${title}: ${detail}`);
  };
  return { update, stop: () => {} };
};

export const onConsole: Progress = {
  async step(title, work) {
    const started = Date.now();
    const shown = process.stdout.isTTY ? onTerminal(title) : inPlainLines(title);
    try {
      const result = await work(shown.update);
      shown.stop();
      console.log(`${color.green('✓')} ${title} ${color.dim(seconds(started))}`);
      return result;
    } catch (error) {
      shown.stop();
      console.log(`${color.red('✗')} ${title} ${color.dim(seconds(started))}`);
      throw error;
    }
  },
  line: (text) => console.log(text),
};
