import type { StepEvidence } from '../../lambdas/rollout/domain/evidence';
import type { Application, Stretch } from './application';
import { MODEL, type Stage, until } from './stage';

interface RolloutView {
  readonly id: string;
  readonly status: string;
  readonly stepIndex: number;
  readonly steps: ReadonlyArray<{ readonly mode: 'shadow' | 'canary'; readonly weight?: number }>;
  readonly challenger: { readonly version: number };
  readonly evidence: StepEvidence | null;
  readonly reason?: string;
}

/** Interviews between two looks at the evidence. */
const CHUNK = 25;

const points = (loss: number): string => `${loss >= 0 ? '+' : '−'}${(Math.abs(loss) * 100).toFixed(1)} points`;

/** The evidence of a step in a line. */
export const describeEvidence = (evidence: StepEvidence | null): string => {
  if (evidence === null) return 'no evidence yet';
  if (evidence.kind === 'pairs') {
    return `${evidence.pairs} pairs, accuracy ${points(evidence.meanDifference)}, e(not worse) ${evidence.eValues.notWorse.toPrecision(3)}: ${evidence.verdict}`;
  }
  const { champion, challenger } = evidence.outcomes;
  return `${champion} outcomes of the champion, ${challenger} of the challenger, accuracy ${points(-evidence.difference)} ± ${(evidence.halfWidth * 100).toFixed(1)}: ${evidence.verdict}`;
};

const stepName = (rollout: RolloutView): string => {
  const step = rollout.steps[rollout.stepIndex];
  if (step === undefined) return 'starting';
  return step.mode === 'shadow' ? 'shadow' : `canary at ${(step.weight ?? 0) * 100} %`;
};

/** The rollout of a version, once it has entered its first step. */
export const rolloutOf = async (stage: Stage, version: number): Promise<RolloutView> => {
  const api = await stage.api('operator');
  return until(`the rollout of version ${version}`, async () => {
    const { items } = await api.get<{ items: RolloutView[] }>(`/api/v1/models/${MODEL}/rollouts`);
    return items.find(
      (rollout) => rollout.challenger.version === version && (rollout.status !== 'RUNNING' || rollout.stepIndex >= 0),
    );
  });
};

const look = async (stage: Stage, id: string): Promise<RolloutView> =>
  (await stage.api('operator')).get<RolloutView>(`/api/v1/rollouts/${id}`);

/** Routing is cached for 3 s: interviews asked about sooner would still belong to the step before. */
const ROUTED_MS = 3200;

/** Lets outcomes on their way arrive: the judge acts on evidence, not on traffic. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150));

/**
 * Serves interviews while a rollout climbs, and tells each step with its evidence. `stretchOf` says which stretch of the
 * survey comes in while the rollout is in a step.
 */
export const serveWhileClimbing = async (
  stage: Stage,
  application: Application,
  version: number,
  stretchOf: (rollout: RolloutView) => Stretch,
): Promise<RolloutView> => {
  let rollout = await rolloutOf(stage, version);
  while (rollout.status === 'RUNNING') {
    const { stepIndex } = rollout;
    const name = stepName(rollout);
    let evidence: StepEvidence | null = null;
    rollout = await stage.progress.step(name, async (detail) => {
      detail('routing takes effect');
      await new Promise((resolve) => setTimeout(resolve, ROUTED_MS));
      let now = rollout;
      while (now.status === 'RUNNING' && now.stepIndex === stepIndex && application.left(stretchOf(now)) > 0) {
        await application.serve(stretchOf(now), CHUNK);
        await settle();
        now = await look(stage, now.id);
        if (now.stepIndex === stepIndex && now.evidence !== null) evidence = now.evidence;
        detail(describeEvidence(evidence));
      }
      return now.status === 'RUNNING' && now.stepIndex === stepIndex
        ? until(`a verdict on ${name}`, () => moved(stage, now))
        : now;
    });
    stage.say(describeEvidence(evidence));
  }
  return rollout;
};

/** The rollout when it has left the step that it was in. */
const moved = async (stage: Stage, before: RolloutView): Promise<RolloutView | undefined> => {
  const now = await look(stage, before.id);
  return now.status !== 'RUNNING' || now.stepIndex !== before.stepIndex ? now : undefined;
};
