import type { DatasetRef, ModelVersion, VersionFlag } from '../schemas/model-version';
import { trainingOf } from './training';

/** Names a dataset, and says nothing else of it. */
export const datasetRefOf = ({ name, sha256, digest }: DatasetRef): DatasetRef => ({
  name,
  ...(sha256 === undefined ? {} : { sha256 }),
  ...(digest === undefined ? {} : { digest }),
});

/** The datasets that a version was trained on, each once. */
export const datasetsOf = (version: ModelVersion): DatasetRef[] => {
  const named = trainingOf(version).datasets.map(datasetRefOf);
  return [...new Map(named.map((dataset) => [textOf(dataset), dataset])).values()];
};

/** The parent, if it is one that can be on record: numbers are given out in order. */
export const parentOf = (version: ModelVersion): number | undefined => {
  const parent = version.manifest?.training?.parent;
  return parent !== undefined && parent < version.version ? parent : undefined;
};

/** As people write it: name@digest, or the name alone. */
export const textOf = ({ name, sha256, digest = sha256 }: DatasetRef): string =>
  digest === undefined ? name : `${name}@${digest}`;

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
