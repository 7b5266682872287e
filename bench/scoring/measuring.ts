import type { Progress } from '../../local/progress';
import { lambdaPackage, lambdaTimes } from './cold-start';
import type { Model } from './models';
import type { Absence, Round } from './results';
import { ServerFailed } from './running-server';
import type { Server } from './server';
import { type Manner, rawRunOf, type Sample, sampleOf } from './take-sample';

/** The rounds of one run. */
export class Measuring {
  readonly rounds: Round[] = [];
  readonly pack = lambdaPackage();

  constructor(
    private readonly servers: readonly Server[],
    readonly manner: Manner,
    private readonly progress: Progress,
    private readonly absences: Absence[],
  ) {}

  /** Everything of one model, one after the other; each round begins with another server, so that no place in the row helps. */
  async take(round: number, model: Model): Promise<void> {
    await this.progress.step(`round ${round + 1}, ${model.name}`, async (detail) => {
      const { manner, pack, servers } = this;
      const { cores, lengths } = manner;
      detail('raw run');
      const raw = await rawRunOf(model, manner);
      detail('Lambda handler');
      const lambda = await this.unlessFailed('lambda', model, () =>
        lambdaTimes({ pack, model, cores, seconds: lengths.load }),
      );
      const samples: Record<string, Sample> = {};
      for (const at of servers.keys()) {
        const server = servers[(at + round) % servers.length] as Server;
        detail(server.title);
        const sample = await this.unlessFailed(server.name, model, () => sampleOf(server, model, manner));
        if (sample) samples[server.name] = sample;
      }
      this.rounds.push({ model: model.name, round, raw, ...(lambda && { lambda }), servers: samples });
    });
  }

  /** What failed once with a model is left alone, and said in the report. */
  private async unlessFailed<T>(server: string, model: Model, work: () => Promise<T>): Promise<T | undefined> {
    if (this.absences.some((absence) => absence.server === server && absence.model === model.name)) return undefined;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ServerFailed)) throw error;
      this.absences.push({ server, model: model.name, reason: error.message });
      return undefined;
    }
  }

  end(): void {
    this.pack.remove();
  }
}
