import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { mlBom } from '../../lambdas/exports/domain/ml-bom';
import { modelCard } from '../../lambdas/exports/domain/model-card';
import { approvedDossier, LOANS, rejectedDossier } from './dossiers';

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
  ['rejected', rejectedDossier()],
])('the BOM of a version %s passes CycloneDX 1.6’s own schema', (_, dossier) => {
  isBom(sent(dossier));
  expect(isBom.errors ?? []).toEqual([]);
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
        technicalLimitations: ['Not for: Pricing', expect.stringMatching(/no consent/)],
      },
    },
  });
  expect(metadata.component.modelCard.quantitativeAnalysis.performanceMetrics).toContainEqual({
    type: 'accuracy',
    value: '0.7',
    slice: 'sex = f',
  });
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
