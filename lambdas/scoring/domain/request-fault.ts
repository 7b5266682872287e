import type { core } from 'zod';
import { describe } from './given-table';

/** JSON's larger numbers are read as bigint, so that they keep every digit; no size or number of a request is one. */
const WHOLE = 'a whole number below 2⁵³';
const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: WHOLE,
  number: WHOLE,
  object: 'an object',
  string: 'a string',
};
const UNITS: Readonly<Record<string, string>> = { array: ' in the list', string: ' characters' };

/** What should have been at a place, and what is: `expected a string, it is missing`. */
export const faultOf = (expected: string, given: unknown): string =>
  `expected ${expected}, ${given === undefined ? 'it is missing' : `given ${describe(given)}`}`;

const sizeFault = (bound: string, { origin, input }: { origin: string; input?: unknown }): string => {
  const isSized = typeof input === 'string' || Array.isArray(input);
  return faultOf(`${bound}${UNITS[origin] ?? ''}`, isSized ? input.length : input);
};

/** A request's fault in words; zod's own speak of types that JSON does not have. The place is said by who asks. */
export const requestFault = (issue: core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type':
      return faultOf(TYPES[issue.expected] ?? issue.expected, issue.input);
    case 'invalid_value':
      return faultOf(`one of ${issue.values.join(', ')}`, issue.input);
    case 'too_small':
      return sizeFault(`at least ${issue.minimum}`, issue);
    case 'too_big':
      return sizeFault(`at most ${issue.maximum}`, issue);
    default:
      return undefined;
  }
};
