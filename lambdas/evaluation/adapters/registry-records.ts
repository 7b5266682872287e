import type { RegistryReader } from '../../registry/adapters/registry-reader';
import type { RegistryTable } from '../../registry/adapters/registry-table';
import { putVersion } from '../../registry/adapters/registry-writes';
import type { EvaluationSummary, ModelVersion, Policy, Rejection, Route } from '../../registry/contract';
import { evaluated, rejected } from '../../registry/domain/version-lifecycle';
import type { RegisteredVersion, VersionRecords } from '../ports';

const ACTOR = { kind: 'platform', id: 'evaluation' } as const;

/** A version's outcome and its audit event, in one transaction. */
export class RegistryRecords implements VersionRecords {
  constructor(
    private readonly table: RegistryTable,
    private readonly reader: RegistryReader,
  ) {}

  version(model: string, version: number): Promise<ModelVersion> {
    return this.reader.version(model, version);
  }

  route(model: string): Promise<Route | undefined> {
    return this.reader.route(model);
  }

  policy(model: string): Promise<{ number: number; policy: Policy }> {
    return this.reader.policy(model);
  }

  async recordEvaluation(version: RegisteredVersion, summary: EvaluationSummary, at: number): Promise<void> {
    const { model, version: number, rootDigest } = version;
    const { evidence, metrics, report } = summary;
    const detail = { evidence, metrics, report };
    const audit = { model, type: 'Version Evaluated', at, actor: ACTOR, version: number, rootDigest, detail } as const;
    await this.table.commit({ audit, writes: [putVersion(this.table.tableName, evaluated(version, summary, at))] });
  }

  async recordRejection(
    version: RegisteredVersion,
    rejection: Rejection,
    at: number,
    summary?: EvaluationSummary,
  ): Promise<void> {
    const { model, version: number, rootDigest } = version;
    const detail = { ...rejection, ...(summary === undefined ? {} : { report: summary.report }) };
    const audit = { model, type: 'Version Rejected', at, actor: ACTOR, version: number, rootDigest, detail } as const;
    await this.table.commit({
      audit,
      writes: [putVersion(this.table.tableName, rejected(version, rejection, at, summary))],
    });
  }
}
