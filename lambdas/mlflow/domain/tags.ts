import type { Tags } from '../contract';

/** Tags with one set; undefined where it was so already. */
export const withTag = (tags: Tags, key: string, value: string): { tags: Tags } | undefined =>
  Object.hasOwn(tags, key) && tags[key] === value ? undefined : { tags: { ...tags, [key]: value } };

/** Tags without one; undefined where there is none of that key. */
export const withoutTag = (tags: Tags, key: string): { tags: Tags } | undefined => {
  if (!Object.hasOwn(tags, key)) return undefined;
  const { [key]: _, ...others } = tags;
  return { tags: others };
};
