import color from 'picocolors';

/** How long something took, in seconds with one digit. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Says what is going on: in place on a terminal, a line a step elsewhere, nothing when quiet. Steps may overlap. */
export interface Progress {
  /** Runs `work` as a step named `title`; `detail` may be called with what it is at. */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  line(text: string): void;
}

export const silent: Progress = { step: (_title, work) => work(() => {}), line: () => {} };

/** Where progress is shown; a terminal has a width that a line must fit into. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface Step {
  readonly title: string;
  readonly startedAt: number;
  detail: string;
  saidAt: number;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR_LINE = '\r\u001b[2K';
const FRAME_MS = 100;
/** Elsewhere than on a terminal, a step that takes long says so at this interval. */
const PLAIN_MS = 5000;

const live = (step: Step, now: number): string =>
  `${step.title}${step.detail ? ` · ${step.detail}` : ''} ${seconds(now - step.startedAt)}`;

/** Progress on a screen: the steps that run share one line, those that ended have one each. */
export const onScreen = (screen: Screen, now: () => number = Date.now): Progress => {
  const steps = new Set<Step>();
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;
  const drawLine = (): void => {
    const text = `${FRAMES[frame++ % FRAMES.length]} ${[...steps].map((step) => live(step, now())).join('  ')}`;
    screen.write(CLEAR_LINE + text.slice(0, (screen.columns ?? 80) - 1));
  };
  const sayPlainly = (): void => {
    for (const step of steps) {
      if (now() - step.saidAt < PLAIN_MS) continue;
      step.saidAt = now();
      screen.write(`… ${live(step, now())}\n`);
    }
  };
  const line = (text: string): void => {
    screen.write(`${screen.isTTY ? CLEAR_LINE : ''}${text}\n`);
  };
  const begin = (title: string): Step => {
    const step: Step = { title, startedAt: now(), saidAt: now(), detail: '' };
    steps.add(step);
    timer ??= setInterval(screen.isTTY ? drawLine : sayPlainly, FRAME_MS);
    return step;
  };
  const end = (step: Step, mark: string): void => {
    steps.delete(step);
    line(`${mark} ${step.title} ${color.dim(seconds(now() - step.startedAt))}`);
    if (steps.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return {
    line,
    async step(title, work) {
      const step = begin(title);
      try {
        const result = await work((text) => {
          step.detail = text;
        });
        end(step, color.green('✓'));
        return result;
      } catch (error) {
        end(step, color.red('✗'));
        throw error;
      }
    },
  };
};

export const onConsole: Progress = onScreen(process.stdout);
