export type Given = Readonly<Record<string, unknown>>;
/** One call of the protocol: method, path, parameters. */
export type MlflowCall = readonly [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, given: Given];
/** What one death has to itself. */
export interface World {
  readonly model: string;
  readonly experiment: string;
  readonly run: string;
  readonly logged: string;
  readonly source: string;
}

export const TAG = { key: 'stage', value: 'try' };

export interface Case {
  readonly before: (world: World) => readonly MlflowCall[];
  readonly call: (world: World) => MlflowCall;
  /** Tells what became of it. */
  readonly reads: (world: World) => readonly MlflowCall[];
}

const modelOf = ({ model }: World): MlflowCall => ['GET', 'registered-models/get', { name: model }];
const createOf = ({ model }: World): MlflowCall => ['POST', 'registered-models/create', { name: model }];
const versionOf = ({ model, source, run }: World): MlflowCall => [
  'POST',
  'model-versions/create',
  { name: model, source, run_id: run, run_link: 'https://ci.test/1', tags: [TAG], description: 'first' },
];
const readVersion = ({ model }: World): MlflowCall => ['GET', 'model-versions/get', { name: model, version: '1' }];
const versionsIn = ({ model }: World): MlflowCall => ['GET', 'model-versions/search', { filter: `name = '${model}'` }];
const withVersion = (world: World) => [createOf(world), versionOf(world)];

/** A change of a registered version, seen by the version and its model. */
const onVersion = (call: (at: { name: string; version: string }) => MlflowCall): Case => ({
  before: withVersion,
  call: ({ model }) => call({ name: model, version: '1' }),
  reads: (world) => [modelOf(world), versionsIn(world)],
});

const onRun = (call: (world: World) => MlflowCall): Case => ({
  before: () => [],
  call,
  reads: ({ run }) => [['GET', 'runs/get', { run_id: run }]],
});

const onLogged = (call: (path: string) => MlflowCall): Case => ({
  before: () => [],
  call: ({ logged }) => call(`logged-models/${logged}`),
  reads: ({ logged }) => [['GET', `logged-models/${logged}`, {}]],
});

/** Calls that change something, each with what comes before it and what tells of it. */
export const CASES: Readonly<Record<string, Case>> = {
  'registered-models/create': {
    before: () => [],
    call: ({ model }) => ['POST', 'registered-models/create', { name: model, tags: [TAG], description: 'a model' }],
    reads: (world) => [modelOf(world)],
  },
  'registered-models/update': {
    before: (world) => [createOf(world)],
    call: ({ model }) => ['PATCH', 'registered-models/update', { name: model, description: 'better' }],
    reads: (world) => [modelOf(world)],
  },
  'registered-models/set-tag': {
    before: (world) => [createOf(world)],
    call: ({ model }) => ['POST', 'registered-models/set-tag', { name: model, ...TAG }],
    reads: (world) => [modelOf(world)],
  },
  'registered-models/delete': {
    before: withVersion,
    call: ({ model }) => ['DELETE', 'registered-models/delete', { name: model }],
    reads: ({ model }) => [['GET', 'registered-models/search', { filter: `name = '${model}'` }]],
  },
  'registered-models/alias': onVersion(({ name, version }) => [
    'POST',
    'registered-models/alias',
    { name, version, alias: 'best' },
  ]),
  'the removal of an alias': {
    before: (world) => [
      ...withVersion(world),
      ['POST', 'registered-models/alias', { name: world.model, version: '1', alias: 'best' }],
    ],
    call: ({ model }) => ['DELETE', 'registered-models/alias', { name: model, alias: 'best' }],
    reads: (world) => [modelOf(world)],
  },
  'model-versions/create': {
    before: (world) => [createOf(world)],
    call: versionOf,
    reads: (world) => [modelOf(world), readVersion(world)],
  },
  'model-versions/update': onVersion((at) => ['PATCH', 'model-versions/update', { ...at, description: 'better' }]),
  'model-versions/set-tag': onVersion((at) => ['POST', 'model-versions/set-tag', { ...at, key: 'more', value: '1' }]),
  'model-versions/delete-tag': onVersion((at) => ['DELETE', 'model-versions/delete-tag', { ...at, key: TAG.key }]),
  'model-versions/delete': onVersion((at) => ['DELETE', 'model-versions/delete', at]),
  'experiments/create': {
    before: () => [],
    call: ({ model }) => ['POST', 'experiments/create', { name: `trials of ${model}`, tags: [TAG] }],
    reads: ({ model }) => [['GET', 'experiments/get-by-name', { experiment_name: `trials of ${model}` }]],
  },
  'the end of a logged model': onLogged((path) => ['PATCH', path, { status: 'LOGGED_MODEL_READY' }]),
  'tags of a logged model': onLogged((path) => ['PATCH', `${path}/tags`, { tags: [TAG] }]),
  'parameters of a logged model': onLogged((path) => [
    'POST',
    `${path}/params`,
    { params: [{ key: 'depth', value: '3' }] },
  ]),
  'runs/log-inputs': onRun(({ run }) => [
    'POST',
    'runs/log-inputs',
    {
      run_id: run,
      datasets: [{ dataset: { name: 'd', digest: 'x', source_type: 'local', source: 'file' }, tags: [] }],
    },
  ]),
  'runs/update': onRun(({ run }) => ['POST', 'runs/update', { run_id: run, status: 'FINISHED', end_time: 5 }]),
  'runs/log-batch': onRun(({ run }) => [
    'POST',
    'runs/log-batch',
    {
      run_id: run,
      params: [{ key: 'depth', value: '3' }],
      tags: [TAG],
      metrics: [1, 2].map((step) => ({ key: 'loss', value: step / 10, timestamp: step, step })),
    },
  ]),
};
