import {
  type Container,
  DEPLOYMENT_TAG,
  MODEL_TAG,
  type ModelVersion,
  type Route,
  VERSION_TAG,
} from '../../registry/contract';
import { hostedEndpointName } from '../../registry/domain/hosted-endpoint-name';

/** What SageMaker is asked for: a model, a configuration and an endpoint, all of one name. */
export interface HostedEndpoint {
  readonly name: string;
  readonly container: Container;
  /** S3 URI of the archive that is unpacked to /opt/ml/model. */
  readonly archive: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface HostingPlace {
  readonly deployment: string;
  readonly artifactBucket: string;
}

/** The endpoint that Contender makes for a version; undefined for one that runs on ONNX Runtime or at somebody else's endpoint. */
export const hostedEndpointOf = (
  version: ModelVersion,
  { deployment, artifactBucket }: HostingPlace,
): HostedEndpoint | undefined => {
  if (version.status === 'REJECTED' || version.runtime.kind !== 'sagemaker') return undefined;
  const { model, manifest, rootDigest, artifactPrefix, runtime } = version;
  const name = hostedEndpointName(deployment, model, rootDigest);
  // Whatever a record says, only what this deployment itself has named is ever created or deleted.
  if (manifest.container === undefined || manifest.model === undefined || runtime.endpoint !== name) return undefined;
  return {
    name,
    container: manifest.container,
    archive: `s3://${artifactBucket}/${artifactPrefix}${manifest.model}`,
    tags: { [DEPLOYMENT_TAG]: deployment, [MODEL_TAG]: model, [VERSION_TAG]: String(version.version) },
  };
};

/** Name of what Contender hosts for a version, also for one that its evaluation rejected; undefined where it hosts nothing. */
export const hostedNameOf = (version: ModelVersion, place: HostingPlace): string | undefined => {
  if (version.status !== 'REJECTED') return hostedEndpointOf(version, place)?.name;
  const { model, rootDigest, manifest } = version;
  if (rootDigest === undefined || manifest?.container === undefined) return undefined;
  return hostedEndpointName(place.deployment, model, rootDigest);
};

/**
 * Whether a version's endpoint has nothing left to answer. It stays for the champion, for whoever is being compared with it,
 * and for a while for the champion before, to which a rollback returns at once.
 */
export const isReleasable = (
  version: ModelVersion,
  route: Route | undefined,
  isClimbing: boolean,
  keepFormerMs: number,
  at: number,
): boolean => {
  if (isClimbing || version.status === 'SERVING') return false;
  if (route === undefined || route.mode === 'unserved') return true;
  if (route.champion.version === version.version) return false;
  if (route.mode !== 'champion' && route.challenger.version === version.version) return false;
  const isFormer = version.status === 'RETIRED' && route.previousChampion?.version === version.version;
  return !isFormer || at - version.retiredAt >= keepFormerMs;
};
