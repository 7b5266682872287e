/** MB of memory with which a Lambda function gets one whole vCPU; with less it gets a share of one. */
const MB_PER_VCPU = 1769;

/** What a version may expect of the function that would serve it. */
export interface ScorerSpeed {
  /** Memory of that function, in MB. */
  readonly memoryMb: number;
  /** How many times longer a request takes there than where it was timed; 1 where both have a whole vCPU. */
  readonly slowdown: number;
}

const shareOf = (memoryMb: number): number => Math.min(1, memoryMb / MB_PER_VCPU);

/** @param timedMb memory of the function in which versions are timed, in MB */
export const scorerSpeed = (memoryMb: number, timedMb: number): ScorerSpeed => ({
  memoryMb,
  slowdown: Math.max(1, shareOf(timedMb) / shareOf(memoryMb)),
});

/** Threads of a graph where it is timed: not more than it has where it is served, or it would look faster than it is. */
export const threadsOf = (memoryMb: number, timedMb: number): number =>
  Math.max(1, Math.floor(Math.min(memoryMb, timedMb) / MB_PER_VCPU));
