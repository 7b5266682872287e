import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Dossier } from '../../lambdas/exports/domain/model-card';
import { modelCard } from '../../lambdas/exports/domain/model-card';
import { openLineage } from '../../lambdas/exports/domain/open-lineage';
import { runEventSchema } from '../../lambdas/exports/schemas/open-lineage';
import {
  approvedDossier,
  copiedDossier,
  hostedDossier,
  LOANS,
  loggedDossier,
  notRunDossier,
  refusedDossier,
  rejectedDossier,
} from './dossiers';

const FIXTURES = resolve(__dirname, '../oracles/fixtures/openlineage');

/** The published schemas of the standard, as its repository has them. */
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
for (const file of readdirSync(`${FIXTURES}/spec`))
  ajv.addSchema(JSON.parse(readFileSync(`${FIXTURES}/spec/${file}`, 'utf8')));

const faultsOf = (schema: string, value: unknown): unknown[] => {
  const isValid = ajv.getSchema(schema);
  if (isValid === undefined) throw new Error(`no schema ${schema}`);
  isValid(value);
  return isValid.errors ?? [];
};

const events = (dossier: Dossier = approvedDossier()) =>
  JSON.parse(JSON.stringify(openLineage(modelCard(dossier), 'bank'))) as ReturnType<typeof openLineage>;

type Event = ReturnType<typeof events>[number];
const facetsOf = ({ run, job, inputs, outputs }: Event) =>
  [
    run.facets,
    job.facets,
    ...inputs.flatMap(({ facets, inputFacets = {} }) => [facets, inputFacets]),
    ...outputs.flatMap(({ facets, outputFacets = {} }) => [facets, outputFacets]),
  ].flatMap((facets) => Object.values(facets));

const EVERY: [string, Dossier][] = [
  ['logged by a run', loggedDossier()],
  ['copied from another model', copiedDossier()],
  ['approved', approvedDossier()],
  ['at an endpoint', hostedDossier()],
  ['that was not run', notRunDossier()],
  ['refused by a reviewer', refusedDossier()],
  [
    'of no declared origin',
    approvedDossier({ training: undefined, card: undefined, owner: undefined, inputs: undefined }),
  ],
  [
    'of strange origin',
    approvedDossier({ training: { datasets: [{ ...LOANS, uri: 'my laptop' }], code: { repo: 'my laptop' } } }),
  ],
];

test.each(EVERY)('every event and facet of a version %s passes the standard’s own schema', (_, dossier) => {
  const found = events(dossier);
  expect(found).toHaveLength(4);
  for (const event of found) {
    expect(faultsOf(event.schemaURL, event)).toEqual([]);
    for (const facet of facetsOf(event)) {
      expect([facet._schemaURL, faultsOf(facet._schemaURL, facet)]).toEqual([facet._schemaURL, []]);
      expect(facet._producer).toBe(event.producer);
    }
    expect(runEventSchema.parse(event)).toEqual(event);
  }
});

test('a version at an endpoint was run by no engine whose version is known, on rows of so many', () => {
  const [, , , evaluation] = events(hostedDossier());
  expect(evaluation?.run.facets).not.toHaveProperty('processing_engine');
  expect(evaluation?.inputs.at(-1)).toMatchObject({
    name: 'models/credit/2/evaluation.csv',
    inputFacets: { dataQualityMetrics: { rowCount: 1_000_000, columnMetrics: { income: { count: 60 } } } },
  });
});

test('the schema refuses what is none', () => {
  const [event] = events();
  expect(faultsOf(event?.schemaURL ?? '', { ...event, run: { runId: 'seven', facets: {} } })).not.toEqual([]);
  expect(faultsOf(event?.schemaURL ?? '', { ...event, producer: 'contender' })).not.toEqual([]);
});

test('each run begins and is complete, under one id', () => {
  const found = events();
  expect(found.map(({ eventType, job }) => [eventType, job.name])).toEqual([
    ['START', 'training/credit'],
    ['COMPLETE', 'training/credit'],
    ['START', 'evaluation/credit'],
    ['COMPLETE', 'evaluation/credit'],
  ]);
  const ids = found.map(({ run }) => run.runId);
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).toBe(ids[3]);
  expect(new Set(ids).size).toBe(2);
  expect(events()).toEqual(found);
});

test('a version is the output of its training, and the input of its evaluation', () => {
  const [, training, , evaluation] = events();
  expect(training).toMatchObject({
    job: {
      namespace: 'contender://bank',
      facets: {
        sourceCodeLocation: { type: 'git', url: 'ssh://git@example.com/risk/models.git', version: 'c0ffee' },
        ownership: { owners: [{ name: 'risk-models' }] },
        jobType: { processingType: 'BATCH', integration: 'CONTENDER', jobType: 'TRAINING' },
      },
    },
    inputs: [
      {
        namespace: 's3://lake',
        name: 'loans.csv',
        facets: {
          version: { datasetVersion: 'e'.repeat(64) },
          dataSource: { name: 'loans', uri: 's3://lake/loans.csv' },
          tags: { tags: [{ key: 'withdrawn', value: 'no consent' }] },
        },
        inputFacets: { inputStatistics: { rowCount: 900 } },
      },
      { namespace: 'contender://bank', name: 'datasets/bureau', facets: {} },
      { namespace: 'contender://bank', name: 'models/credit/2' },
    ],
    outputs: [
      {
        namespace: 'contender://bank',
        name: 'models/credit/3',
        facets: {
          datasetType: { datasetType: 'MODEL' },
          documentation: { description: 'To rank applications' },
          schema: { fields: [{ name: 'age', ordinal_position: 1, description: 'years' }, { name: 'income' }] },
        },
        outputFacets: { outputStatistics: { fileCount: 1, size: 10 } },
      },
    ],
  });
  expect(evaluation).toMatchObject({
    eventTime: '1970-01-01T00:00:02.000Z',
    run: {
      facets: {
        processing_engine: { name: 'ONNX Runtime', version: '1.30.0' },
        test: {
          tests: [
            { name: 'rocAuc', status: 'pass' },
            { name: 'latency', status: 'fail', severity: 'warn' },
          ],
        },
      },
    },
    inputs: [
      { name: 'models/credit/3', facets: { version: training?.outputs[0]?.facets.version } },
      { name: 'models/credit/2', facets: { version: { datasetVersion: 'a'.repeat(64) } } },
      {
        name: 'models/credit/2/evaluation.csv',
        inputFacets: {
          dataQualityMetrics: {
            rowCount: 60,
            columnMetrics: {
              age: { nullCount: 3, count: 57, quantiles: { '0.1': 20, '0.9': 60 } },
              income: { nullCount: 0, count: 60 },
            },
          },
        },
      },
    ],
    outputs: [{ name: 'evaluations/credit/3.json' }],
  });
});

test('OpenLineage’s own client reads the events and writes the same', () => {
  // If this fails: see test/oracles/openlineage_events.py
  const read = (name: string) => JSON.parse(readFileSync(`${FIXTURES}/${name}.json`, 'utf8'));
  expect(events()).toEqual(read('events'));
  expect(read('client')).toEqual(read('events'));
});

test('what was rejected before it was evaluated came of no run that is known', () => {
  expect(events(rejectedDossier())).toEqual([]);
});

test('what a run logged is what was trained on, and the run is named', () => {
  const [, training] = events(loggedDossier());
  expect(training).toMatchObject({
    run: { facets: { contender_trainingRun: { runId: 'run-1' } } },
    job: { facets: { sourceCodeLocation: { url: 'ssh://git@git.example/team/risk.git', version: 'c0ffee' } } },
    inputs: [{ namespace: 's3://lake', name: 'loans.csv', facets: { version: { datasetVersion: '1a2b3c4d' } } }],
  });
});

test('a script is no place of source code', () => {
  const [, training] = events(approvedDossier({ training: { code: { repo: 'train.py' } } }));
  expect(training?.job.facets).not.toHaveProperty('sourceCodeLocation');
});

test('a copy comes out of the version that it is a copy of', () => {
  const [, training] = events(copiedDossier());
  const version = { datasetVersion: training?.outputs[0]?.facets.version?.datasetVersion };
  expect(training?.inputs.at(-1)).toMatchObject({ name: 'models/dev/2', facets: { version } });
});
