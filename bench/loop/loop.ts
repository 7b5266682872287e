import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import Table from 'cli-table3';
import { Api } from '../../cli/api';
import { type Platform, ROOT, startPlatform } from '../../local/platform';
import { onConsole, silent } from '../../local/progress';
import { median } from '../quantiles';
import { emptyCallMs } from './empty-lambda';

const EXAMPLE = join(ROOT, 'examples/living-wage');
const ROW = [30, 12, 6, 2, 40, 50, 0, 0, 1, 3, 11];
const PORT = 4598;
const TIMEOUT_MS = 30_000;

/** Longest time that each step may take, in milliseconds. */
const LIMITS = {
  'local:up, dependencies installed': 60_000,
  'PutObject → waiting for approval': 3000,
  'approval → first prediction': 3000,
  'outcome → metric': 2000,
  'rollback command → last answer by the withdrawn version': 5000,
} as const;
type Step = keyof typeof LIMITS;

const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  for (const end = Date.now() + TIMEOUT_MS; Date.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((tick) => setTimeout(tick, 20));
  }
  throw new Error(`nothing came within ${TIMEOUT_MS / 1000} s`);
};

/** One walk through the cycle with a model of its own. */
class Walk {
  private readonly aws;
  readonly model: string;
  readonly times = new Map<Step, number>();

  constructor(
    private readonly platform: Platform,
    run: number,
  ) {
    const { region, endpointUrl } = platform.outputs;
    this.aws = {
      region,
      endpoint: endpointUrl,
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    this.model = `bench-${Date.now().toString(36)}-${run}`;
  }

  async go(): Promise<void> {
    const reviewer = await this.api('reviewer');
    await (await this.api('operator')).call('PUT', `/api/v1/models/${this.model}/policy`, {
      approval: { unknownUploader: 1 },
      rollout: { steps: [{ mode: 'canary', bake: 'PT1H', weight: 1 }] },
    });
    const app = await this.api('app');
    const approve = async (version: number) => {
      const id = await this.awaitApproval(reviewer, version);
      await reviewer.post(`/api/v1/approvals/${id}/decisions`, { decision: 'approve', comment: 'measured' });
    };
    await this.timed('PutObject → waiting for approval', async () => {
      await this.upload(1);
      await this.awaitApproval(reviewer, 1);
    });
    await this.timed('approval → first prediction', async () => {
      await approve(1);
      await until(() => this.answeredBy(app));
    });
    await this.timed('outcome → metric', () => this.outcomeToMetric(app));
    await this.upload(2);
    await approve(2);
    await until(async () => ((await this.answeredBy(app)) === '2' ? true : undefined));
    const operator = await this.api('operator');
    await this.timed('rollback command → last answer by the withdrawn version', async () => {
      await operator.post(`/api/v1/models/${this.model}/rollback`, { reason: 'measured' });
      await until(async () => ((await this.answeredBy(app)) === '1' ? true : undefined));
    });
  }

  private async timed(step: Step, work: () => Promise<unknown>): Promise<void> {
    const startedAt = performance.now();
    await work();
    this.times.set(step, performance.now() - startedAt);
  }

  private async api(identity: string): Promise<Api> {
    return new Api(this.platform.outputs.apiUrl, (await this.platform.tokenFor(identity)).token);
  }

  /** The files are put beforehand but for the last, which makes the upload whole. */
  private async upload(version: number): Promise<void> {
    const s3 = new S3Client(this.aws);
    const folder = join(EXAMPLE, 'versions', String(version));
    for (const file of readdirSync(folder)) {
      const Key = `inbox/${this.model}/v${version}/${file}`;
      await s3.send(
        new PutObjectCommand({
          Bucket: this.platform.outputs.modelBucket,
          Key,
          Body: readFileSync(join(folder, file)),
        }),
      );
    }
  }

  private awaitApproval(reviewer: Api, version: number): Promise<string> {
    return until(async () => {
      const { items } = await reviewer.get<{ items: Array<{ id: string; model: string; version: number }> }>(
        '/api/v1/approvals?limit=200',
      );
      return items.find((approval) => approval.model === this.model && approval.version === version)?.id;
    });
  }

  private predict(app: Api) {
    const inputs = [{ name: 'features', datatype: 'FP32', shape: [1, ROW.length], data: ROW }];
    return app.post<{ model_version: string; parameters: { prediction_id: string } }>(
      `/v2/models/${this.model}/infer`,
      { inputs },
    );
  }

  private answeredBy(app: Api): Promise<string | undefined> {
    return this.predict(app).then(
      ({ model_version }) => model_version,
      () => undefined,
    );
  }

  private async outcomeToMetric(app: Api): Promise<void> {
    const cloudwatch = new CloudWatchClient(this.aws);
    const { parameters } = await this.predict(app);
    await app.post(`/api/v1/models/${this.model}/outcomes`, {
      outcomes: [{ predictionId: parameters.prediction_id, truth: 'below' }],
    });
    await until(async () => {
      const { Metrics = [] } = await cloudwatch.send(new ListMetricsCommand({ MetricName: 'ChampionAccuracy' }));
      return Metrics.some(({ Dimensions = [] }) => Dimensions.some(({ Value }) => Value === this.model))
        ? true
        : undefined;
    });
  }
}

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** Starts a platform of its own, walks through the cycle, and prints medians beside their limits. */
export const benchLoop = async ({ runs, json }: { runs: number; json: boolean }): Promise<void> => {
  const startedAt = performance.now();
  const platform = await startPlatform({
    dir: join(ROOT, '.local/bench'),
    port: PORT,
    progress: json ? silent : onConsole,
  });
  const up = performance.now() - startedAt;
  try {
    const { region, endpointUrl } = platform.outputs;
    const emptyMs = await emptyCallMs({
      region,
      endpoint: endpointUrl,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const walks: Walk[] = [];
    // The first walk starts every function; it is not counted.
    for (let run = 0; run <= runs; run++) {
      const walk = new Walk(platform, run);
      await walk.go();
      if (run > 0) walks.push(walk);
    }
    const medianOf = (step: Step): number =>
      step.startsWith('local:up') ? up : median(walks.flatMap(({ times }) => times.get(step) ?? []));
    const rows = (Object.keys(LIMITS) as Step[]).map((step) => ({ step, ms: medianOf(step), limitMs: LIMITS[step] }));
    if (json) console.log(JSON.stringify({ runs, emptyLambdaCallMs: emptyMs, steps: rows }, null, 2));
    else print(rows, emptyMs, runs);
  } finally {
    await platform.stop();
  }
};

const print = (
  rows: ReadonlyArray<{ step: string; ms: number; limitMs: number }>,
  emptyMs: number,
  runs: number,
): void => {
  const table = new Table({ head: ['step', `median of ${runs}`, 'limit', ''] });
  table.push(
    ...rows.map(({ step, ms, limitMs }) => [step, inSeconds(ms), inSeconds(limitMs), ms <= limitMs ? 'met' : 'missed']),
  );
  console.log(table.toString());
  console.log(
    `the embedded AWS's own share: a warm call of an empty Lambda takes ${emptyMs.toFixed(1)} ms, and each step has 4 to 10 such hops`,
  );
};
