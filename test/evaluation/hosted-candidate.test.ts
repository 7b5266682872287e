import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { answerRows } from '../../lambdas/evaluation/answer-rows';
import {
  type ChampionAnswers,
  championResponseSchema,
  type EvaluationData,
  type Findings,
  type LabelledEvidence,
  type Runnable,
  type SandboxRequest,
  type SandboxResponse,
  sandboxRequestSchema,
  sandboxResponseSchema,
} from '../../lambdas/evaluation/contract';
import { type Places, runBoth } from '../../lambdas/evaluation/run-both';
import { runCandidate } from '../../lambdas/evaluation/run-candidate';
import { FakeSageMaker } from '../rollout/fake-sagemaker';
import { buildChild } from './built-child';
import { containerOf, endpointsAt, hostedPorts, hostedRunnable, sums } from './hosted-world';
import { dataOf, EXAMPLES, MemoryFiles, portsOf, requestOf, runnableOf, SUM, sumRows } from './sandbox-world';

const folder = mkdtempSync(join(tmpdir(), 'hosted-candidate-'));
const files = new MemoryFiles(folder);
const sandbox = portsOf(files, buildChild());
const sagemaker = new FakeSageMaker();
let url = '';
beforeAll(async () => {
  url = await sagemaker.start();
});
afterAll(async () => {
  await sagemaker.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  sagemaker.offer('rival', sums);
  sagemaker.offer('wage', sums);
});

const hosted = () => hostedPorts(files, endpointsAt(url));
/** As the two functions are called: JSON goes in and comes out, and each runs what it may. */
const wired = <T>(value: unknown, schema: { parse: (given: unknown) => T }): T =>
  schema.parse(JSON.parse(JSON.stringify(value)));
const placeOf = (ports: typeof sandbox): Places['sandbox'] => ({
  run: async (request) => wired(await runCandidate(wired(request, sandboxRequestSchema), ports), sandboxResponseSchema),
  answer: async (request) =>
    wired(await answerRows(wired(request, sandboxRequestSchema), ports), championResponseSchema),
});
const places = (): Places => ({ sandbox: placeOf(sandbox), endpoints: placeOf(hosted()), timeMs: () => 120_000 });
const SAMPLE = { rows: 5000, seed: 7 };
const both = (request: SandboxRequest): Promise<SandboxResponse> => runBoth({ sample: SAMPLE, ...request }, places());

const findingsOf = (response: SandboxResponse): Findings => {
  if (response.status !== 'evaluated') throw new Error(JSON.stringify(response));
  return response.findings;
};
const labelled = (response: SandboxResponse): LabelledEvidence => {
  const { evidence } = findingsOf(response);
  if (evidence.evidence === 'none') throw new Error('no evidence');
  return evidence;
};

const comparedOf = (champion: LabelledEvidence['champion']) => {
  if (champion.status === 'absent') throw new Error(champion.reason);
  return champion;
};

describe('a model at an endpoint', () => {
  const wage = (name: string): Buffer => readFileSync(join(EXAMPLES, 'living-wage/versions/2', name));
  const manifest = parse(wage('contender.yaml').toString('utf8'));
  // An endpoint has one output: classes follow from score and threshold on both sides.
  const { label: _label, respond: _respond, ...output } = manifest.output;
  const declared = { ...manifest, output };
  let data: EvaluationData;
  let graph: Runnable;
  let behind: Runnable;
  beforeEach(async () => {
    data = dataOf(files, wage('evaluation.csv'), declared.evaluation);
    graph = runnableOf(files, wage('model.onnx'), declared, 2);
    const { model: _model, ...rest } = declared;
    behind = hostedRunnable('wage', rest, 2, graph.rootDigest);
    sagemaker.offer('wage', await containerOf(wage('model.onnx'), 'probabilities'));
  });

  test('gets the very evidence of the same graph in the sandbox: metrics, groups, fairness, calibration, baseline', async () => {
    const here = await both(requestOf(graph, data));
    const there = await both(requestOf(behind, data));
    // How often columns of so many rows are shuffled is a matter of time.
    const { importance: _here, ...expected } = labelled(here);
    const { importance: _there, ...found } = labelled(there);
    expect(found).toEqual(expected);
    expect(labelled(there)).toMatchObject({
      data: { rows: 1033 },
      groups: [{ attribute: 'race' }, { attribute: 'married' }],
    });
    expect(findingsOf(there).background).toEqual(findingsOf(here).background);
  });

  test('is timed there and back, and nothing is said of its memory and of how long it takes to load', async () => {
    const found = findingsOf(await both(requestOf(behind, data)));
    expect(found).toMatchObject({ latency: { roundTrip: true, batch100: {} }, runtime: { endpoint: 'wage' } });
    expect(found.latency.batch1.runs).toBeGreaterThan(10);
    expect(found).not.toHaveProperty('peakMemoryBytes');
    expect(found.latency).not.toHaveProperty('loadMs');
    expect(found.limits).not.toHaveProperty('memoryBytes');
    expect(found.runtime).not.toHaveProperty('onnxruntime');
  });

  test('is compared with its champion alike, wherever each of them runs', async () => {
    const first = readFileSync(join(EXAMPLES, 'living-wage/versions/1/model.onnx'));
    sagemaker.offer('rival', await containerOf(first, 'probabilities'));
    const { model: _model, ...rest } = declared;
    const champions = [runnableOf(files, first, declared, 1), hostedRunnable('rival', rest, 1)] as const;
    const pairs = [graph, behind].flatMap((candidate) => champions.map((runnable) => ({ candidate, runnable })));
    const reports = [];
    for (const { candidate, runnable } of pairs) {
      const { champion } = labelled(await both(requestOf(candidate, data, { status: 'present', runnable })));
      const { latencyMsPerRow, roundTrip, rootDigest: _digest, ...compared } = comparedOf(champion);
      expect(roundTrip).toBe(runnable.runtime.kind === 'sagemaker' || undefined);
      expect(latencyMsPerRow).toBeGreaterThan(0);
      reports.push(compared);
    }
    expect(Object.keys(reports[0]?.paired?.metrics ?? {})).toEqual(['accuracy', 'logLoss', 'brier', 'rocAuc', 'loss']);
    for (const report of reports) expect(report).toEqual(reports[0]);
  });

  test('must answer golden rows as where it was built', async () => {
    const golden = { data: 'golden.csv', abs: 1e-6 };
    const header = declared.inputs.map(({ name }: { name: string }) => name).join(',');
    const file = files.add('golden.csv', Buffer.from(`${header},score\n${declared.inputs.map(() => 1).join(',')},2\n`));
    const candidate = { ...behind, manifest: { ...behind.manifest, golden } };
    const response = await both({ ...requestOf(candidate, data), golden: file });
    expect(response).toMatchObject({ status: 'rejected', rejection: { code: 'golden-mismatch' } });
  });
});

test('importance, too, is that of the same graph, where there are few enough rows to shuffle all columns five times', async () => {
  const read = (name: string): Buffer => readFileSync(join(EXAMPLES, 'diabetes-progression/versions/1', name));
  const { model: _model, ...manifest } = parse(read('contender.yaml').toString('utf8'));
  const graph = runnableOf(files, read('model.onnx'), manifest);
  sagemaker.offer('wage', await containerOf(read('model.onnx'), graph.signature.outputs[0]?.name ?? ''));
  const data = dataOf(files, read('evaluation.csv'), manifest.evaluation);
  const behind = hostedRunnable('wage', manifest, 1, graph.rootDigest);
  const here = labelled(await both(requestOf(graph, data)));
  expect(here.importance).toMatchObject({ repeats: 5, columns: { length: graph.signature.columns.length } });
  expect(labelled(await both(requestOf(behind, data)))).toEqual(here);
});

const many = Array.from({ length: 9000 }, (_, row) => `${row},${row % 7},${row + (row % 7) + (row % 3)},${row % 2}`);
const manyRows = `a,b,y,sex\n${many.join('\n')}\n`;
const { output: _output, ...PLAIN_SUM } = SUM;

describe('of too many rows', () => {
  const candidate = () => hostedRunnable('wage', PLAIN_SUM, 2);

  test('a seeded sample is asked about, the report says so, and the champion sees the same rows', async () => {
    const data = dataOf(files, manyRows, { protected: ['sex'] });
    const fixture = readFileSync(join(__dirname, 'fixtures/sum.onnx'));
    const champion = { status: 'present' as const, runnable: runnableOf(files, fixture, SUM, 1) };
    const request = { ...requestOf(candidate(), data, champion), sample: { rows: 2000, seed: 11 } };
    const evidence = labelled(await both(request));
    expect(evidence.data).toMatchObject({ rows: 2000, sample: { of: 9000, seed: 11 } });
    // The two models are the same, so that every row of theirs agrees; were they others, none would.
    expect(evidence.champion).toMatchObject({ status: 'compared', difference: { mae: 0 } });
    expect(evidence.metrics.mae).toBeCloseTo(1, 1);
    const again = labelled(await both(request));
    expect(again.metrics).toEqual(evidence.metrics);
    const other = labelled(await both({ ...request, sample: { rows: 2000, seed: 12 } }));
    expect(other.metrics).not.toEqual(evidence.metrics);
    const { background } = findingsOf(await both(request));
    expect(background?.rows.some((row) => row > 2000)).toBe(true);
    expect(background?.columns[0]?.values).toEqual(background?.rows);
  });

  test('clusters and times are those of the rows that were drawn, whoever of the two is where', async () => {
    // Six rows a customer, whose label is off by the same each time; a day a customer.
    const rows = Array.from({ length: 9000 }, (_, row) => {
      const customer = row % 1500;
      const seen = new Date(Date.UTC(2024, 0, 1) + customer * 86_400_000).toISOString().slice(0, 10);
      return [row, row % 7, row + (row % 7) + (customer % 3), row % 2, `c${customer}`, seen].join(',');
    });
    const csv = `a,b,y,sex,customer,seen\n${rows.join('\n')}\n`;
    const data = dataOf(files, csv, { protected: ['sex'], group: 'customer', time: 'seen' });
    const graph = (version: number) =>
      runnableOf(files, readFileSync(join(__dirname, 'fixtures/sum.onnx')), SUM, version);
    const sample = { rows: 600, seed: 11 };
    const ask = async (candidateRun: Runnable, runnable: Runnable) => {
      const champion = { status: 'present' as const, runnable, lossCap: 4 };
      return labelled(await both({ ...requestOf(candidateRun, data, champion), sample }));
    };
    const evidence = await ask(candidate(), graph(1));
    const { clusters = 0, largest = 0 } = evidence.data.clustering ?? {};
    // 600 of 9000 rows: an expectation of 1500·(1 − (1 − 1/15)⁶) ≈ 508 customers.
    expect(clusters).toBeGreaterThan(480);
    expect(clusters).toBeLessThan(540);
    expect(largest).toBeLessThanOrEqual(6);
    expect(evidence.data).toMatchObject({
      rows: 600,
      sample: { of: 9000, seed: 11 },
      clustering: { column: 'customer', alone: 0 },
      time: { column: 'seen', missing: 0 },
    });
    expect(comparedOf(evidence.champion).paired?.metrics.mae?.degreesOfFreedom).toBe(clusters - 1);
    const [women, men] = evidence.groups[0]?.groups ?? [];
    expect((women?.n ?? 0) + (men?.n ?? 0)).toBe(600);
    expect((women?.clusters ?? 0) + (men?.clusters ?? 0)).toBe(clusters);
    // The graph, whose champion is at the endpoint: the same rows, the same clusters.
    const turned = await ask(graph(2), hostedRunnable('rival', PLAIN_SUM, 1));
    expect(turned.data).toEqual(evidence.data);
    expect(turned.groups).toEqual(evidence.groups);
    expect(comparedOf(turned.champion).paired).toEqual(comparedOf(evidence.champion).paired);
  });

  test('a time that is none is named by its place in the file', async () => {
    const head = manyRows.split('\n').slice(0, 9001);
    const seen = head.map((line, at) => `${line},${at === 0 ? 'seen' : at === 8001 ? 'soon' : '2024-01-15'}`);
    const data = dataOf(files, `${seen.join('\n')}\n`, { time: 'seen' });
    const response = await both({ ...requestOf(candidate(), data), sample: { rows: 8999, seed: 1 } });
    expect(response).toMatchObject({
      rejection: { message: expect.stringMatching(/row 8001, column 'seen': expected a time/) },
    });
  });

  test('all are asked about where they are few enough, and nothing is said of a sample', async () => {
    const { data } = labelled(await both(requestOf(candidate(), dataOf(files, sumRows, {}))));
    expect(data.rows).toBe(60);
    expect(data).not.toHaveProperty('sample');
  });

  test('an odd cell is named by its place in the file', async () => {
    const odd = manyRows.replace('\n8000,6,', '\n8000,99,');
    const range = { name: 'b', max: 50, unseen: 'reject' };
    const strict = hostedRunnable('wage', { ...PLAIN_SUM, inputs: [{ name: 'a' }, range] }, 2);
    const response = await both({ ...requestOf(strict, dataOf(files, odd, {})), sample: { rows: 8999, seed: 1 } });
    expect(response).toMatchObject({
      rejection: { message: expect.stringMatching(/column b, row 8000: .*at most 50/) },
    });
  });
});

describe('what a champion elsewhere says', () => {
  const data = () => dataOf(files, sumRows, {});
  const champion = () => hostedRunnable('rival', PLAIN_SUM, 1);
  const graph = () => runnableOf(files, readFileSync(join(__dirname, 'fixtures/sum.onnx')), SUM, 2);
  const request = (): SandboxRequest => ({
    ...requestOf(graph(), data(), { status: 'present', runnable: champion() }),
    sample: SAMPLE,
  });

  test.each([
    [
      'other rows',
      (answers: ChampionAnswers) => ({ ...answers, rowsSha256: 'a'.repeat(64) }),
      /it answered 60 other rows/,
    ],
    ['too few rows', (answers: ChampionAnswers) => ({ ...answers, rows: 59 }), /it answered 59 other rows/],
    [
      'no numbers',
      (answers: ChampionAnswers) => ({
        ...answers,
        predictions: {
          kind: 'numbers' as const,
          values: Buffer.from(new Float64Array(60).fill(Number.NaN).buffer).toString('base64'),
        },
      }),
      /NaN, which is no score/,
    ],
    [
      'too few numbers',
      (answers: ChampionAnswers) => ({ ...answers, predictions: { kind: 'numbers' as const, values: '' } }),
      /hold 0 numbers where 60 are expected/,
    ],
  ])('is not believed where it speaks of %s', async (_, change, reason) => {
    const real = places();
    const lying: Places['sandbox'] = {
      ...(real.endpoints as Places['sandbox']),
      answer: async (asked) => {
        const response = await real.endpoints?.answer(asked);
        if (response?.status !== 'answered') throw new Error(JSON.stringify(response));
        return { ...response, answers: change(response.answers) };
      },
    };
    const evidence = labelled(await runBoth(request(), { ...real, endpoints: lying }));
    expect(evidence.champion).toEqual({ status: 'absent', reason: expect.stringMatching(reason) });
  });

  test('its fault is no fault of the candidate, which is told', async () => {
    sagemaker.become('rival', 'Failed');
    expect(labelled(await both(request())).champion).toEqual({
      status: 'absent',
      reason: expect.stringMatching(
        /^the champion, version 1, could not be run on these data: endpoint rival does not exist/,
      ),
    });
  });

  test('a fault that passes has the whole evaluation tried again', async () => {
    sagemaker.failNext('InvokeEndpoint', 'ThrottlingException', 'Rate exceeded', 429);
    await expect(both(request())).rejects.toMatchObject({
      code: 'upstream-failed',
      message: expect.stringMatching(/too busy/),
    });
  });
});
