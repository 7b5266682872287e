import type { DatasetRef, ModelVersion, VersionFlag } from '../schemas/model-version';

/** The datasets that a manifest names, each once. */
export const datasetsOf = (version: ModelVersion): DatasetRef[] => {
  const named = (version.manifest?.training?.datasets ?? []).map(({ name, sha256 }) => ({
    name,
    ...(sha256 === undefined ? {} : { sha256 }),
  }));
  return [...new Map(named.map((dataset) => [textOf(dataset), dataset])).values()];
};

/** The parent, if it is one that can be on record: numbers are given out in order. */
export const parentOf = (version: ModelVersion): number | undefined => {
  const parent = version.manifest?.training?.parent;
  return parent !== undefined && parent < version.version ? parent : undefined;
};

/** As people write it: name@digest, or the name alone. */
export const textOf = ({ name, sha256 }: DatasetRef): string => (sha256 === undefined ? name : `${name}@${sha256}`);

export const hasFlag = (flags: readonly VersionFlag[] | undefined, dataset: DatasetRef): boolean =>
  flags?.some((flag) => textOf(flag.dataset) === textOf(dataset)) ?? false;

/** One flag for each dataset: what a version has of its own comes before what it inherits. */
export const mergeFlags = (own: readonly VersionFlag[], inherited: readonly VersionFlag[]): VersionFlag[] => [
  ...own,
  ...inherited.filter((flag) => !hasFlag(own, flag.dataset)),
];

/** The version with one flag more. */
export const flagged = (version: ModelVersion, flag: VersionFlag): ModelVersion => ({
  ...version,
  flags: [...(version.flags ?? []), flag],
  generation: version.generation + 1,
});

/** What reviewers should know about a flagged version. */
export const flagTexts = (flags: readonly VersionFlag[] | undefined): string[] =>
  (flags ?? []).map(({ dataset, reason, inheritedFrom }) => {
    const through = inheritedFrom === undefined ? '' : `, on which its ancestor, version ${inheritedFrom}, rests,`;
    return `the dataset ${textOf(dataset)}${through} was withdrawn: ${reason}`;
  });
