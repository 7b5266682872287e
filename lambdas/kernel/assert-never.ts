/** Ends a switch over a closed union: a case that is missing does not compile. */
export const assertNever = (value: never): never => {
  throw new Error(`unreachable case: ${JSON.stringify(value)}`);
};
