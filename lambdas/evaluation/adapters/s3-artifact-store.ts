import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { UpstreamFailed } from '../../kernel/errors';
import type { AcceptedVersion, EvaluationSummary } from '../../registry/contract';
import {
  type Background,
  backgroundKeyOf,
  type EvaluationReport,
  evaluationReportSchema,
  reportKeyOf,
} from '../contract';
import type { ArtifactStore, ReportIdentity, StoredReport } from '../ports';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

const PRECONDITION_FAILED = 412;

/** Artifacts are read by presigned URLs; reports are written once. */
export class S3ArtifactStore implements ArtifactStore {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    /** How long a URL works: at least as long as a sandbox may run. */
    private readonly urlSeconds: number,
  ) {}

  presign(version: AcceptedVersion, path: string): Promise<string> {
    const object = new GetObjectCommand({ Bucket: this.bucket, Key: version.artifactPrefix + path });
    return getSignedUrl(this.s3, object, { expiresIn: this.urlSeconds });
  }

  /** Asked of the list, which says of a key that is not there just that; a read of it would need the same right to say so. */
  async findReport({ model, version, rootDigest }: ReportIdentity): Promise<StoredReport | undefined> {
    const key = reportKeyOf(model, version, rootDigest);
    const list = new ListObjectsV2Command({ Bucket: this.bucket, Prefix: key, MaxKeys: 1 });
    const { Contents = [] } = await this.s3.send(list);
    return Contents.some(({ Key }) => Key === key) ? this.kept(key) : undefined;
  }

  /** The first report stays: a run that crashed after it is finished by the next one, with the same evidence. */
  async keepReport(report: EvaluationReport): Promise<StoredReport> {
    const key = reportKeyOf(report.model, report.version, report.rootDigest);
    try {
      return { report, reference: await this.write(key, report, { IfNoneMatch: '*' }) };
    } catch (error) {
      if (!(error instanceof S3ServiceException) || error.$metadata.httpStatusCode !== PRECONDITION_FAILED) throw error;
      return this.kept(key);
    }
  }

  async keepBackground({ model, version, rootDigest }: ReportIdentity, background: Background) {
    const digest = sha256(Buffer.from(JSON.stringify(background))).toString('hex');
    const key = backgroundKeyOf(model, version, rootDigest, digest);
    return { rows: background.rows.length, ...(await this.write(key, background)) };
  }

  async readReport({ key, sha256: expected }: EvaluationSummary['report']): Promise<EvaluationReport> {
    const bytes = await this.read(key);
    if (sha256(bytes).toString('hex') === expected) return parse(bytes, key);
    throw new UpstreamFailed(`${key} is not the report that was recorded; it was overwritten`);
  }

  private async kept(key: string): Promise<StoredReport> {
    const bytes = await this.read(key);
    return { report: parse(bytes, key), reference: { key, sha256: sha256(bytes).toString('hex') } };
  }

  /** As JSON, checked on arrival; where it lies, and the digest of its bytes. */
  private async write(key: string, value: object, condition: { readonly IfNoneMatch?: '*' } = {}) {
    const bytes = Buffer.from(JSON.stringify(value));
    const digest = sha256(bytes);
    await this.s3.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: key,
        Body: bytes,
        ContentType: 'application/json',
        ChecksumSHA256: digest.toString('base64'),
        ...condition,
      }),
    );
    return { key, sha256: digest.toString('hex') };
  }

  private async read(key: string): Promise<Uint8Array> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }
}

const parse = (bytes: Uint8Array, key: string): EvaluationReport => {
  try {
    return evaluationReportSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new UpstreamFailed(`${key} is no evaluation report`, { cause });
  }
};
