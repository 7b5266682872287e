import type { Verdict } from '../../monitoring/domain/verdict';

/** What outcomes say about a challenger in one step, condensed for decisions, records and people. */
export type StepEvidence =
  | {
      readonly kind: 'pairs';
      readonly verdict: Verdict;
      readonly pairs: number;
      /** Mean of loss(champion) − loss(challenger): above 0 the challenger is better. */
      readonly meanDifference: number;
      readonly eValues: { readonly better: number; readonly notWorse: number; readonly worse: number };
    }
  | {
      readonly kind: 'groups';
      readonly verdict: Verdict;
      readonly outcomes: { readonly champion: number; readonly challenger: number };
      /** Mean loss of the challenger less that of the champion: below 0 the challenger is better. */
      readonly difference: number;
      readonly halfWidth: number;
      readonly reason?: string | undefined;
    };
