import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { mlBom } from '../../lambdas/exports/domain/ml-bom';
import { modelCard } from '../../lambdas/exports/domain/model-card';
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

/** The schemas of the CycloneDX project, as its own library ships them. */
const SCHEMAS = resolve(__dirname, '../../node_modules/@cyclonedx/cyclonedx-library/res/schema');
const schema = (name: string) => JSON.parse(readFileSync(`${SCHEMAS}/${name}.SNAPSHOT.schema.json`, 'utf8'));

const ajv = new Ajv({ strict: false, allErrors: true, formats: { 'idn-email': true, 'iri-reference': true } });
addFormats(ajv);
for (const name of ['spdx', 'jsf-0.82'])
  ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
const isBom = ajv.compile(schema('bom-1.6'));

const sent = (dossier = approvedDossier()) => JSON.parse(JSON.stringify(mlBom(modelCard(dossier))));

test.each([
  ['approved', approvedDossier()],
  ['of no declared origin', approvedDossier({ training: undefined, card: undefined, owner: undefined })],
  ['with one dataset named twice', approvedDossier({ training: { datasets: [LOANS, LOANS] } })],
  [
    'of strange origin',
    approvedDossier({ training: { datasets: [{ ...LOANS, uri: 'my laptop: C' }], code: { repo: 'c:\\models' } } }),
  ],
  ['signed', approvedDossier({}, true)],
  ['at an endpoint', hostedDossier()],
  ['that was not run', notRunDossier()],
  ['refused', refusedDossier()],
  ['with a training that its run logged', loggedDossier()],
  ['rejected', rejectedDossier()],
])('the BOM of a version %s passes CycloneDX 1.6’s own schema', (_, dossier) => {
  isBom(sent(dossier));
  expect(isBom.errors ?? []).toEqual([]);
});

test('a BOM of a version at an endpoint names it, says what its figures include and rest on, and names no graph', () => {
  const { component } = sent(hostedDossier()).metadata;
  expect(component).not.toHaveProperty('hashes');
  expect(component.properties).toContainEqual({ name: 'contender:endpoint', value: 'risk-1' });
  const { quantitativeAnalysis, considerations } = component.modelCard;
  const speed = { type: 'latency p50, ms a row', value: '21', slice: 'requests of 1 row, network included' };
  expect(quantitativeAnalysis.performanceMetrics).toContainEqual(speed);
  const types = quantitativeAnalysis.performanceMetrics.map(({ type }: { type: string }) => type);
  expect(types).not.toContain('peak memory, bytes');
  expect(considerations.technicalLimitations).toContain('Judged on a random sample: 60 of 1000000 rows.');
  expect(sent(notRunDossier()).metadata.component.modelCard.considerations.technicalLimitations).toContain(
    'Not run: it is hosted on SageMaker',
  );
});

test('the schema refuses what is none', () => {
  expect(isBom({ ...sent(), specVersion: 7 })).toBe(false);
});

test('a BOM names the model, its files and data with their hashes, and what it came from', () => {
  const { metadata, components, dependencies, serialNumber } = sent();
  expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(metadata.component).toMatchObject({
    type: 'machine-learning-model',
    name: 'credit',
    version: '3',
    pedigree: { ancestors: [{ name: 'credit', version: '2' }] },
    modelCard: {
      modelParameters: {
        task: 'classification',
        datasets: [{ ref: `dataset:loans@${LOANS.sha256}` }, { ref: 'dataset:bureau@none' }],
      },
      considerations: {
        useCases: ['To rank applications'],
        technicalLimitations: [
          'Not for: Pricing',
          expect.stringMatching(/no consent/),
          'Gate not passed: latency (≤ 0.1 ms): too slow',
        ],
        performanceTradeoffs: [
          'accuracy is 0.75, of the champion 0.76',
          'A request of one row takes 0.123456 ms at the median, 0.5 ms at the 99th percentile.',
        ],
        ethicalConsiderations: [{ name: 'Ask first' }],
        fairnessAssessments: [
          {
            groupAtRisk: 'sex = f',
            harms: 'selectionRate lower than of all others by 0.2, and not by chance (95 % interval -0.3 to -0.1)',
          },
        ],
      },
    },
  });
  expect(metadata.component.modelCard.quantitativeAnalysis.performanceMetrics).toContainEqual({
    type: 'accuracy',
    value: '0.7',
    slice: 'sex = f',
  });
  const { performanceMetrics } = metadata.component.modelCard.quantitativeAnalysis;
  for (const metric of [
    { type: 'rocAuc', value: '0.812345' },
    { type: 'fpr', value: '0.25', slice: 'sex = f' },
    { type: 'rocAuc', value: '0.7', slice: 'region = north | south' },
    {
      type: 'selectionRate difference',
      value: '-0.2',
      slice: 'sex = f, less all others',
      confidenceInterval: { lowerBound: '-0.3', upperBound: '-0.1' },
    },
    {
      type: 'accuracy difference',
      value: '-0.01',
      slice: 'less the champion, version 2, on the same rows',
      confidenceInterval: { lowerBound: '-0.05', upperBound: '0.03' },
    },
    { type: 'rocAuc difference', value: '0.012345', slice: 'less the champion, version 2, on the same rows' },
    { type: 'latency p99, ms a row', value: '0.02', slice: 'requests of 100 rows' },
  ])
    expect(performanceMetrics).toContainEqual(metric);
  expect(components).toContainEqual(
    expect.objectContaining({ type: 'data', name: 'loans', hashes: [{ alg: 'SHA-256', content: LOANS.sha256 }] }),
  );
  const refs = components.map((component: { 'bom-ref': string }) => component['bom-ref']);
  expect(dependencies[0]).toEqual({ ref: 'model:credit@3', dependsOn: refs });
});

test('the same record has the same BOM, and a changed one another serial number', () => {
  expect(sent()).toEqual(sent());
  expect(sent(approvedDossier({ owner: 'others' })).serialNumber).not.toBe(sent().serialNumber);
});

test('a BOM refers to the code, the report and the signature, and says under what it may be used', () => {
  const { component } = sent(approvedDossier({}, true)).metadata;
  expect(component).toMatchObject({
    description: 'To rank applications',
    licenses: [{ license: { name: 'Apache-2.0' } }],
    hashes: [{ alg: 'SHA-256', content: '3'.padStart(64, 'a') }],
    externalReferences: [
      { type: 'vcs', url: 'ssh://git@example.com/risk/models.git', comment: 'commit c0ffee' },
      { type: 'quality-metrics', url: 'evaluations/credit/3.json', hashes: [{ content: 'f'.repeat(64) }] },
      { type: 'digital-signature', url: 'model.sig' },
    ],
  });
  expect(component.properties).toContainEqual({ name: 'contender:approvalId', value: '0'.repeat(26) });
  expect(sent(rejectedDossier()).metadata.component).not.toHaveProperty('externalReferences');
});

test('what a run logged is in the BOM, its digest as what it is', () => {
  const { metadata, components } = sent(loggedDossier());
  expect(metadata.component.modelCard.modelParameters.datasets).toEqual([{ ref: 'dataset:loans@1a2b3c4d' }]);
  expect(metadata.component.properties).toContainEqual({ name: 'contender:run', value: 'run-1' });
  const data = components.find(({ type }: { type: string }) => type === 'data');
  expect(data.hashes).toBeUndefined();
  expect(data.properties).toContainEqual({ name: 'contender:digest', value: '1a2b3c4d' });
});

test('a copy has the version that it is a copy of among its ancestors', () => {
  const { component } = sent(copiedDossier()).metadata;
  expect(component.pedigree.ancestors).toContainEqual(expect.objectContaining({ name: 'dev', version: '2' }));
  expect(component.properties).toContainEqual({ name: 'contender:copiedFrom', value: 'dev@2' });
});
