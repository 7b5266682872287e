import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { EXAMPLE, MODEL, type Stage } from './stage';

/** One interview of the survey, as it reached the application. */
type Interview = Readonly<Record<string, string>>;

export type Stretch = 'A' | 'B' | 'C' | 'D';

/** Order of the model's inputs. */
export const INPUTS = [
  'age',
  'education',
  'experience',
  'tenure',
  'hours',
  'weeks_worked',
  'south',
  'rural',
  'central_city',
  'occupation',
  'industry',
];
/** Requests under way at once. */
const CONCURRENCY = 4;

interface Answer {
  readonly model_version: string;
  readonly parameters?: { readonly prediction_id?: string };
  readonly outputs: ReadonlyArray<{ readonly name: string; readonly data: readonly unknown[] }>;
}

/** A prediction as the application remembers it, until its truth turns up. */
interface Remembered {
  readonly interview: Interview;
  readonly answer: Answer;
}

/**
 * The team's application: it asks for predictions interview by interview, in the order in which the survey made them, and
 * sends the truth back when it is known. What it asked and what came true it keeps, as applications do.
 */
export class Application {
  private readonly interviews: readonly Interview[];
  private readonly next: Record<Stretch, number> = { A: 0, B: 0, C: 0, D: 0 };
  private readonly observed: Interview[] = [];

  constructor(private readonly stage: Stage) {
    this.interviews = parse(readFileSync(join(EXAMPLE, 'stream.csv')), { columns: true }) as Interview[];
  }

  /** Interviews with a known truth, so far. */
  get observations(): number {
    return this.observed.length;
  }

  /** How many interviews a stretch still has. */
  left(stretch: Stretch): number {
    return this.rowsOf(stretch).length - this.next[stretch];
  }

  /** Asks for the next interviews of a stretch and sends their truths back. @returns how many answers were right, and who gave them */
  async serve(stretch: Stretch, count: number): Promise<{ right: number; byVersion: Record<string, number> }> {
    const start = this.next[stretch];
    const interviews = this.rowsOf(stretch).slice(start, start + count);
    this.next[stretch] = start + interviews.length;
    const remembered = await this.predictAll(interviews);
    await this.sendOutcomes(remembered);
    const byVersion: Record<string, number> = {};
    for (const { answer } of remembered) byVersion[answer.model_version] = (byVersion[answer.model_version] ?? 0) + 1;
    return { right: remembered.filter(isRight).length, byVersion };
  }

  /** Writes what came true so far, for the team's training job. */
  writeObservations(file: string): void {
    const columns = [...INPUTS, 'person', 'year', 'race', 'married', 'truth'];
    const lines = this.observed.map((interview) => columns.map((column) => interview[column] ?? '').join(','));
    writeFileSync(file, `${[columns.join(','), ...lines].join('\n')}\n`);
  }

  /** One answer to one interview, from whichever version serves. */
  async predict(interview: Interview): Promise<Answer> {
    const { token } = await this.stage.platform.tokenFor('app');
    const data = INPUTS.map((name) => Number(interview[name]));
    const response = await fetch(`${this.stage.platform.outputs.apiUrl}/v2/models/${MODEL}/infer`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'contender-routing-key': interview.person ?? '',
      },
      body: JSON.stringify({ inputs: [{ name: 'features', datatype: 'FP32', shape: [1, INPUTS.length], data }] }),
    });
    if (!response.ok) throw new Error(`a prediction failed: HTTP ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  /** An interview to try things with. */
  sample(): Interview {
    const [first] = this.interviews;
    if (!first) throw new Error('stream.csv is empty');
    return first;
  }

  private rowsOf(stretch: Stretch): Interview[] {
    return this.interviews.filter((interview) => interview.stretch === stretch);
  }

  private async predictAll(interviews: readonly Interview[]): Promise<Remembered[]> {
    const remembered: Remembered[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = next++; i < interviews.length; i = next++) {
        const interview = interviews[i];
        if (interview) remembered.push({ interview, answer: await this.predict(interview) });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return remembered;
  }

  private async sendOutcomes(remembered: readonly Remembered[]): Promise<void> {
    const outcomes = remembered.flatMap(({ interview, answer }) => {
      const predictionId = answer.parameters?.prediction_id;
      return predictionId === undefined ? [] : [{ predictionId, truth: interview.truth ?? '' }];
    });
    const api = await this.stage.api('app');
    if (outcomes.length > 0) await api.post(`/api/v1/models/${MODEL}/outcomes`, { outcomes });
    this.observed.push(...remembered.map(({ interview }) => interview));
  }
}

const isRight = ({ interview, answer }: Remembered): boolean =>
  answer.outputs.find((output) => output.name === 'label')?.data[0] === interview.truth;
