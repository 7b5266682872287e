/** What outcomes say about a challenger so far. `not-yet` never promotes and never withdraws. */
export type Verdict = 'better' | 'not-worse' | 'worse' | 'not-yet';
