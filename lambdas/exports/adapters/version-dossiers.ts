import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { approvalIdOf } from '../../approval/request-approval';
import { type EvaluationReport, evaluationReportSchema } from '../../evaluation/schemas/report';
import { modelKey, SK } from '../../registry/adapters/keys';
import type { RegistryReader } from '../../registry/adapters/registry-reader';
import type { RegistryTable } from '../../registry/adapters/registry-table';
import type { ModelVersion } from '../../registry/contract';
import { championReplaced } from '../../registry/domain/describe-version';
import type { Dossier } from '../domain/model-card';
import { type CardApproval, cardApprovalSchema } from '../schemas/model-card';

/** Where its reviews lie; undefined for what nobody was asked about, and for rejections from before they named their approval. */
const approvalOf = (version: ModelVersion): string | undefined => {
  if (version.status === 'REJECTED') return version.rejection.approvalId;
  if (!('evaluatedAt' in version)) return undefined;
  return 'approvalId' in version ? version.approvalId : approvalIdOf(version);
};

/** Gathers what is on record about a version, by gets and queries. */
export class VersionDossiers {
  constructor(
    private readonly table: RegistryTable,
    private readonly reader: RegistryReader,
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  /** @throws NotFound */
  async of(model: string, number: number): Promise<Dossier> {
    const version = await this.reader.version(model, number);
    const [report, approval, climb] = await Promise.all([
      this.report(version),
      this.approval(version),
      this.reader.climb(version),
    ]);
    return { version, report, approval, championReplaced: championReplaced(climb) };
  }

  private async report(version: ModelVersion): Promise<EvaluationReport | undefined> {
    const key = 'evaluation' in version ? version.evaluation?.report.key : undefined;
    if (key === undefined) return undefined;
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return evaluationReportSchema.parse(JSON.parse((await Body?.transformToString()) ?? 'null'));
  }

  private async approval(version: ModelVersion): Promise<CardApproval | undefined> {
    const id = approvalOf(version);
    if (id === undefined) return undefined;
    return this.table.get({ pk: modelKey(version.model), sk: SK.approval(id) }, cardApprovalSchema);
  }
}
