import type { Risk } from '../lambdas/registry/contract';

interface Held {
  readonly risk?: Risk | undefined;
  readonly tier?: Risk | undefined;
  readonly named?: string | undefined;
}

/** The risk that a version declares, and what its policy holds it to. */
export const riskText = ({ risk, tier, named }: Held): string =>
  [
    risk ?? 'none declared',
    ...(tier === undefined ? [] : [`held to the tier ${tier}`]),
    ...(named === undefined ? [] : [`by the policy named ${named}`]),
  ].join(', ');
