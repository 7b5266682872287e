import { MODEL, type Stage, until } from './stage';

interface ApprovalRow {
  readonly id: string;
  readonly model: string;
  readonly version: number;
  readonly required: number;
}

interface VersionRow {
  readonly version: number;
  readonly status: string;
  readonly aliases: readonly string[];
  readonly rejection?: { readonly message: string };
}

/** The version once it waits for people; a rejection ends the story with its reason. */
export const awaitApproval = async (stage: Stage, version: number): Promise<ApprovalRow> => {
  const api = await stage.api('reviewer');
  return until(`version ${version} to wait for approval`, async () => {
    const { items } = await api.get<{ items: ApprovalRow[] }>('/api/v1/approvals');
    const found = items.find((approval) => approval.model === MODEL && approval.version === version);
    if (found) return found;
    const { items: versions } = await api.get<{ items: VersionRow[] }>(`/api/v1/models/${MODEL}/versions`);
    const rejected = versions.find((row) => row.version === version)?.rejection;
    if (rejected) throw new Error(`version ${version} was rejected: ${rejected.message}`);
    return undefined;
  });
};

export const awaitChampion = async (stage: Stage, version: number): Promise<void> => {
  const api = await stage.api('auditor');
  await until(`version ${version} to become champion`, async () => {
    const { items } = await api.get<{ items: VersionRow[] }>(`/api/v1/models/${MODEL}/versions`);
    return items.find((row) => row.version === version)?.aliases.includes('champion') ? true : undefined;
  });
};

/** The evidence as reviewers read it, indented under the chapter. */
export const showEvidence = async (stage: Stage, id: string): Promise<void> => {
  const text = await stage.contender(['approvals', id]);
  for (const line of text.trimEnd().split('\n')) stage.say(line);
};

export const approve = async (stage: Stage, id: string, reviewer: string, comment: string): Promise<void> => {
  stage.say((await stage.contender(['approve', id, '--comment', comment], { as: reviewer })).trim());
};
