import { createHash } from 'node:crypto';

/** What SageMaker takes for the name of an endpoint, a configuration and a model alike. */
const MAX_NAME = 63;
/** Hexadecimal digits, 64 bits: two models whose names differ only in what is left out below stay apart. */
const HASH_LENGTH = 16;

/**
 * Name of the SageMaker endpoint, its configuration and its model in which Contender hosts a version: the same bytes of the
 * same model always have the same one, so that nothing is ever made twice. It is lower case, as SageMaker writes it into ARNs,
 * and starts with the deployment, to which rights are limited.
 */
export const hostedEndpointName = (deployment: string, model: string, rootDigest: string): string => {
  const name = model.toLowerCase();
  const hash = createHash('sha256').update(`${deployment}\0${name}\0${rootDigest}`).digest('hex').slice(0, HASH_LENGTH);
  const readable = name
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_NAME - deployment.length - HASH_LENGTH - 2)
    .replaceAll(/^-|-$/g, '');
  return [deployment, readable, hash].filter(Boolean).join('-');
};
