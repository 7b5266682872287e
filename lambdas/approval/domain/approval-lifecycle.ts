import type { Identity } from '../../access/contract';
import type { EvaluationReport } from '../../evaluation/contract';
import { Conflict, Forbidden } from '../../kernel/errors';
import { type Actor, DEFAULT_POLICY_NAME, type Manifest, type Policy } from '../../registry/contract';
import type { Approval, Decision } from '../contract';

/** How many must approve: more when nobody vouches for the hand that uploaded. */
export const requiredApprovals = (uploader: Actor, policy: Policy['approval']): number =>
  uploader.kind === 'unknown' ? policy.unknownUploader : policy.knownUploader;

export const approvalsOf = (approval: Approval): number =>
  approval.reviews.filter((review) => review.decision === 'approve').length;

const checkReviewer = (approval: Approval, reviewer: Identity): void => {
  if (reviewer.id === approval.uploader.id) {
    throw new Forbidden(
      `${reviewer.name} uploaded version ${approval.version} of ${approval.model} and cannot decide on it; another reviewer must`,
    );
  }
  if (approval.reviews.some((review) => review.reviewer.id === reviewer.id)) {
    throw new Conflict(
      `${reviewer.name} has reviewed version ${approval.version} of ${approval.model} already; ${approval.required} different reviewers are needed`,
    );
  }
};

/**
 * The approval after one more review: a rejection decides at once, the last approval needed decides too.
 * @throws Forbidden for one's own upload, Conflict for a second review or a decision that is over
 */
export const review = (approval: Approval, reviewer: Identity, decision: Decision, at: number): Approval => {
  if (approval.status !== 'PENDING')
    throw new Conflict(`version ${approval.version} of ${approval.model} is ${approval.status} already`);
  if (decision.rootDigest !== undefined && decision.rootDigest !== approval.rootDigest) {
    throw new Conflict(
      `the decision is on ${decision.rootDigest}, but version ${approval.version} of ${approval.model} is ${approval.rootDigest}`,
    );
  }
  checkReviewer(approval, reviewer);
  const actor: Actor = { kind: reviewer.kind, id: reviewer.id, name: reviewer.name };
  const reviews = [
    ...approval.reviews,
    { reviewer: actor, decision: decision.decision, comment: decision.comment, at },
  ];
  const next = { ...approval, reviews, generation: approval.generation + 1 };
  if (decision.decision === 'reject') return { ...next, status: 'REJECTED', decidedAt: at };
  return approvalsOf(next) >= approval.required ? { ...next, status: 'APPROVED', decidedAt: at } : next;
};

/** Nobody decided in time. A decision that came first stands. */
export const expire = (approval: Approval, at: number): Approval =>
  approval.status === 'PENDING'
    ? { ...approval, status: 'EXPIRED', expiredAt: at, generation: approval.generation + 1 }
    : approval;

interface Reviewed {
  readonly evidence: 'labelled' | 'none' | undefined;
  readonly manifest: Pick<Manifest, 'risk' | 'policy'> | undefined;
  /** Null where none is kept. */
  readonly report?: EvaluationReport | null;
}

/** Where a version is held to something else than it declares. */
const standingWarnings = ({ tier, named }: Approval, { risk, policy = DEFAULT_POLICY_NAME }: Partial<Manifest>) => [
  ...(tier === undefined || tier === risk
    ? []
    : [
        `contender.yaml declares ${risk ? `${risk} risk` : 'no risk'}; the policy holds the version to the tier ${tier}`,
      ]),
  ...(named === undefined && policy !== DEFAULT_POLICY_NAME
    ? [
        `contender.yaml says policy: ${policy}, which the model's policy did not have when reviewers were asked; it was held to the rest of the policy`,
      ]
    : []),
];

/** What an evaluation could not, or could only partly, find out. */
const evidenceWarnings = ({ evidence, report = null }: Reviewed): string[] => {
  const endpoint = report?.findings?.runtime.endpoint;
  const found = report?.findings?.evidence;
  const sample = found?.evidence === 'labelled' ? found.data.sample : undefined;
  // Reports of before say nothing of why a hosted model was not run.
  const notRun =
    report?.notRun ?? (report !== null && report.findings === undefined ? 'it is hosted elsewhere' : undefined);
  const none =
    notRun === undefined
      ? 'there is no evidence: the upload brought no labelled data, so the model was only loaded, run and timed'
      : `there is no evidence, and the model was not run: ${notRun}`;
  return [
    ...(evidence === 'none' ? [none] : []),
    ...(found?.evidence === 'labelled' && sample !== undefined
      ? [`the evidence rests on a random sample: ${found.data.rows} of ${sample.of} rows`]
      : []),
    ...(endpoint === undefined
      ? []
      : [
          `the evidence is of what endpoint ${endpoint} answered then; no digest covers what runs there, and latency includes the network`,
        ]),
  ];
};

/** What reviewers should not overlook. */
export const warningsOf = (approval: Approval, reviewed: Reviewed): string[] => [
  ...(approval.uploader.kind === 'unknown' ? ['nobody vouches for the hand that uploaded this version'] : []),
  ...evidenceWarnings(reviewed),
  ...standingWarnings(approval, reviewed.manifest ?? {}),
];
