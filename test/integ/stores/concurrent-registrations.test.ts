import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { modelKey, SK } from '../../../lambdas/registry/adapters/keys';
import { RegistryTable } from '../../../lambdas/registry/adapters/registry-table';
import { modelSchema, modelVersionSchema } from '../../../lambdas/registry/contract';
import { verifyChain } from '../../../lambdas/registry/domain/audit-chain';
import { DynamoRegistrations } from '../../../lambdas/upload/adapters/dynamo-registrations';
import type { Registered, Registrations } from '../../../lambdas/upload/ports';
import { createRegistryTables, deleteRegistryTables, type RegistryTables } from '../../../local/registry-tables';
import { candidateOf, rejectedOf } from '../../registry/candidates';
import { FakeRegistrations } from '../../upload/fakes';
import { freshModel, platform } from '../platform';

/** An upload as it arrives; the same one may be told of many times, and different ones may bring the same bytes. */
interface Arrival {
  readonly upload: string;
  readonly digest: number;
  readonly isFaulty: boolean;
}

/** Every third upload is faulty, and of the others some have the same bytes. */
const arrivals = fc.array(
  fc.nat({ max: 11 }).map((n): Arrival => ({ upload: `u${n}`, digest: n % 4, isFaulty: n % 3 === 0 })),
  { minLength: 2, maxLength: 24 },
);

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

/** Lets all arrive at once, each at one of the processes. @returns how many versions there are then */
const arrive = async (model: string, all: readonly Arrival[], processes: readonly Registrations[]): Promise<number> => {
  const results = await Promise.all(
    all.map(async ({ upload, digest, isFaulty }, i): Promise<Registered> => {
      const at = processes[i % processes.length];
      if (at === undefined) throw new Error('there is no process');
      const wanted = { model, upload: `${model}-${upload}`, digest };
      return isFaulty ? at.reject(rejectedOf(wanted)) : at.register(candidateOf(wanted));
    }),
  );
  const made = results.filter(({ outcome }) => outcome !== 'duplicate').map(({ version }) => version);
  expect(made.sort((a, b) => a - b)).toEqual(upTo(made.length));
  const versionsBy = (key: (arrival: Arrival) => string | undefined) => {
    const versions = new Map<string, Set<number>>();
    all.forEach((arrival, i) => {
      const name = key(arrival);
      if (name !== undefined) versions.set(name, (versions.get(name) ?? new Set()).add(results[i]?.version ?? 0));
    });
    return [...versions.values()];
  };
  for (const versions of versionsBy(({ upload }) => upload)) expect(versions.size).toBe(1);
  for (const versions of versionsBy(({ digest, isFaulty }) => (isFaulty ? undefined : String(digest))))
    expect(versions.size).toBe(1);
  return made.length;
};

test('in memory: whatever arrives at once gets distinct numbers without gaps, and the same bytes are one version', () =>
  fc.assert(fc.asyncProperty(arrivals, async (all) => void (await arrive('wage', all, [new FakeRegistrations()])))));

describe('in DynamoDB', () => {
  const dynamo = new DynamoDBClient(platform().aws);
  let tables: RegistryTables;
  beforeAll(async () => {
    tables = await createRegistryTables(dynamo, freshModel('at-once'));
  });
  afterAll(() => deleteRegistryTables(dynamo, tables));

  /** Processes of their own, which share nothing but the table. */
  const processes = (n: number) =>
    upTo(n).map(() => {
      const table = new RegistryTable(new DynamoDBClient(platform().aws), tables.registry, tables.audit);
      return new DynamoRegistrations(table, 'restricted');
    });

  const check = async (model: string, versions: number) => {
    const table = new RegistryTable(dynamo, tables.registry, tables.audit);
    const { items } = await table.page(modelKey(model), SK.versions, modelVersionSchema, { limit: 200 });
    expect(items.map(({ version }) => version).reverse()).toEqual(upTo(versions));
    const meta = await table.get({ pk: modelKey(model), sk: SK.meta }, modelSchema);
    expect(meta?.latestVersion).toBe(versions);
    const events = (await table.auditPage(model, { limit: 200 })).items.reverse();
    expect(verifyChain(events)).toBeUndefined();
    expect(events.map(({ sequence }) => sequence)).toEqual(upTo(events.length));
    const births = events.filter(({ type }) => type === 'Version Registered' || type === 'Version Rejected');
    expect(births.map(({ version }) => version)).toEqual(upTo(versions));
  };

  test('whatever arrives at once at several processes gets distinct numbers, in rows and events without gaps', () =>
    fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        const model = freshModel('mixed');
        await check(model, await arrive(model, all, processes(4)));
      }),
      { numRuns: 12 },
    ));

  test('forty uploads of one model that arrive at the same moment are forty versions', async () => {
    const model = freshModel('burst');
    const all = upTo(40).map((n) => ({ upload: `u${n}`, digest: n, isFaulty: false }));
    await check(model, await arrive(model, all, processes(8)));
  });
});
