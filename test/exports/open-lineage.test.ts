import { modelCard } from '../../lambdas/exports/domain/model-card';
import { openLineage } from '../../lambdas/exports/domain/open-lineage';
import { runEventSchema } from '../../lambdas/exports/schemas/open-lineage';
import { approvedDossier, rejectedDossier } from './dossiers';

/** As the specification has it: a UUID of any version (RFC 9562), and an absolute URI. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const events = (dossier = approvedDossier()) => openLineage(modelCard(dossier), 'bank');

test('a version is the output of its training, and the input of its evaluation', () => {
  const [training, evaluation] = events();
  expect(training).toMatchObject({
    eventType: 'COMPLETE',
    job: {
      namespace: 'contender://bank',
      name: 'training/credit',
      facets: { sourceCodeLocation: { type: 'git', url: 'git://risk', version: 'c0ffee' } },
    },
    inputs: [
      { namespace: 's3://lake', name: 'loans.csv', facets: { version: { datasetVersion: 'e'.repeat(64) } } },
      { namespace: 'contender://bank', name: 'datasets/bureau', facets: {} },
      { namespace: 'contender://bank', name: 'models/credit/2' },
    ],
    outputs: [{ namespace: 'contender://bank', name: 'models/credit/3' }],
  });
  expect(evaluation).toMatchObject({
    eventTime: '1970-01-01T00:00:02.000Z',
    inputs: [
      training?.outputs[0],
      { name: 'models/credit/2', facets: { version: { datasetVersion: 'a'.repeat(64) } } },
      { name: 'models/credit/2/evaluation.csv' },
    ],
    outputs: [{ name: 'evaluations/credit/3.json' }],
  });
});

test('events have what the specification requires, and the same ids every time', () => {
  for (const event of events()) {
    expect(runEventSchema.parse(event)).toEqual(event);
    expect(event.run.runId).toMatch(UUID);
    for (const uri of [event.producer, event.schemaURL]) expect(() => new URL(uri)).not.toThrow();
    const facets = [event.run, event.job, ...event.inputs, ...event.outputs].flatMap((one) =>
      Object.values(one.facets),
    );
    for (const { _producer, _schemaURL } of facets)
      expect([_producer, new URL(_schemaURL).host]).toEqual(['urn:contender', 'openlineage.io']);
  }
  expect(events()).toEqual(events());
  expect(new Set(events().map(({ run }) => run.runId)).size).toBe(2);
});

test('what was rejected unread came of no run that is known', () => {
  expect(events(rejectedDossier())).toEqual([]);
});
