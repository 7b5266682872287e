import type { Manifest } from '../../../registry/contract';
import { signingText } from '../../../registry/domain/signing-text';
import { incompatibilities } from '../incompatibilities';
import type { GateOf, JudgedVersion, Said } from './judged-version';

const datasetsLack = ({ training }: Manifest): string | undefined => {
  const datasets = training?.datasets ?? [];
  if (datasets.length === 0) return 'list what it was trained on as training.datasets';
  const open = datasets.find(({ sha256 }) => sha256 === undefined);
  return open && `give training.datasets ${open.name} its sha256`;
};

const unless = (declared: unknown, lack: string): string | undefined => (declared ? undefined : lack);

/** What is lacking; undefined where it is declared. */
const LACKING: Readonly<Record<GateOf<'declared'>['what'], (manifest: Manifest) => string | undefined>> = {
  datasets: datasetsLack,
  code: ({ training }) => unless(training?.code?.commit, 'give training.code its repo and commit'),
  parent: ({ training }) => unless(training?.parent, 'give training.parent, the version it was made from'),
  owner: ({ owner }) => unless(owner, 'give the owner, the team that answers for the model'),
  protected: ({ evaluation }) =>
    unless(evaluation?.protected.length, 'list the columns to compare as evaluation.protected'),
  golden: ({ golden }) => unless(golden, 'add golden rows, and name them as golden.data'),
  card: ({ card }) => unless(card?.purpose && card.limitations, 'give the card its purpose and limitations'),
  evaluation: ({ evaluation }) => unless(evaluation, 'add evaluation data, and name them as evaluation.data'),
  risk: ({ risk }) => unless(risk, 'say the risk: low, medium or high'),
};

export const judgeDeclared = (gate: GateOf<'declared'>, judged: JudgedVersion): Said => {
  const lack = LACKING[gate.what](judged.candidate.manifest);
  const why = lack === undefined ? 'declared in contender.yaml' : `contender.yaml: ${lack}`;
  return { gate: gate.what, threshold: 'declared', pass: lack === undefined, why };
};

const SHOWN_PROBLEMS = 5;

export const judgeCompatible = ({ candidate, champion }: JudgedVersion): Said => {
  const said = { gate: 'signature', threshold: 'compatible with the champion’s' };
  if (champion === undefined) return { ...said, pass: true, why: 'there is no champion whose callers count' };
  const problems = incompatibilities(champion, candidate);
  if (problems.length === 0) return { ...said, pass: true, why: `takes what version ${champion.version} takes` };
  const more = problems.length > SHOWN_PROBLEMS ? `; and ${problems.length - SHOWN_PROBLEMS} more` : '';
  return { ...said, pass: false, why: `${problems.slice(0, SHOWN_PROBLEMS).join('; ')}${more}` };
};

export const judgeSigned = ({ candidate }: JudgedVersion): Said => {
  const said = { gate: 'model signature', threshold: 'by somebody whom the policy names' };
  const { signing = { status: 'unsigned' } } = candidate;
  if (signing.status === 'unsigned')
    return { ...said, pass: false, why: 'there is no model.sig; sign the folder with OpenSSF model signing' };
  return { ...said, pass: signing.status === 'verified', why: `signed ${signingText(signing)}` };
};
