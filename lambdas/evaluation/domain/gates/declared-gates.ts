import { signingText } from '../../../registry/domain/signing-text';
import { trainingOf } from '../../../registry/domain/training';
import { incompatibilities } from '../incompatibilities';
import type { GateOf, JudgedVersion, Said } from './judged-version';

type Declaring = JudgedVersion['candidate'];

const datasetsLack = (version: Declaring): string | undefined => {
  const { datasets } = trainingOf(version);
  if (datasets.length === 0)
    return 'list what it was trained on as training.datasets, or log it to the run with mlflow.log_input';
  const open = datasets.find(({ sha256, digest }) => sha256 === undefined && digest === undefined);
  return open && `give training.datasets ${open.name} its sha256`;
};

const unless = (declared: unknown, lack: string): string | undefined => (declared ? undefined : lack);

/** What is lacking; undefined where it is declared. */
const LACKING: Readonly<Record<GateOf<'declared'>['what'], (version: Declaring) => string | undefined>> = {
  datasets: datasetsLack,
  code: (version) => unless(trainingOf(version).code?.commit, 'give training.code its repo and commit'),
  parent: ({ manifest: { training } }) =>
    unless(training?.parent, 'give training.parent, the version it was made from'),
  owner: ({ manifest: { owner } }) => unless(owner, 'give the owner, the team that answers for the model'),
  protected: ({ manifest: { evaluation } }) =>
    unless(evaluation?.protected.length, 'list the columns to compare as evaluation.protected'),
  golden: ({ manifest: { golden } }) => unless(golden, 'add golden rows, and name them as golden.data'),
  card: ({ manifest: { card } }) =>
    unless(card?.purpose && card.limitations, 'give the card its purpose and limitations'),
  evaluation: ({ manifest: { evaluation } }) =>
    unless(evaluation, 'add evaluation data, and name them as evaluation.data'),
  risk: ({ manifest: { risk } }) => unless(risk, 'say the risk: low, medium or high'),
};

export const judgeDeclared = (gate: GateOf<'declared'>, judged: JudgedVersion): Said => {
  const { candidate } = judged;
  const lack = LACKING[gate.what](candidate);
  const isFromRun = trainingOf(candidate).fromRun?.some((part) => part === gate.what) ?? false;
  const where = isFromRun ? `logged by the run ${candidate.run?.id}` : 'declared in contender.yaml';
  const why = lack === undefined ? where : `contender.yaml: ${lack}`;
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
