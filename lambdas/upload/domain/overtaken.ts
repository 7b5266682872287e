/** Thrown when an upload was to be rejected at its deadline, and something has happened to it meanwhile. */
export class Overtaken extends Error {}
