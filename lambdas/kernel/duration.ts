const UNITS: ReadonlyArray<readonly [RegExp, number]> = [
  [/(\d+)D/, 86_400_000],
  [/T.*?(\d+)H/, 3_600_000],
  [/T.*?(\d+)M/, 60_000],
  [/T.*?(\d+(?:\.\d+)?)S/, 1000],
];

/** Milliseconds of an ISO 8601 duration made of days, hours, minutes and seconds, as `durationSchema` admits it. */
export const durationMs = (iso: string): number =>
  UNITS.reduce((sum, [pattern, ms]) => sum + Number(pattern.exec(iso)?.[1] ?? 0) * ms, 0);
