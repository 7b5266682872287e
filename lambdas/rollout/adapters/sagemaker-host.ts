import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  ListTagsCommand,
  type ProductionVariant,
  paginateListModels,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { UpstreamFailed } from '../../kernel/errors';
import { type Container, DEPLOYMENT_TAG, MODEL_TAG, VERSION_TAG } from '../../registry/contract';
import type { HostedEndpoint } from '../domain/hosted-endpoint';
import type { EndpointHost, EndpointState, HostedEntry } from '../hosting-ports';

/** Asking again changes nothing: the request itself, a limit of the account or a missing right is in the way. */
const FINAL = new Set(['ValidationException', 'ResourceLimitExceeded', 'AccessDeniedException']);
const MAX_REASON = 500;

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
// SageMaker has one ValidationException for these and for every other fault of a request; only the text tells them apart.
const isThereAlready = (error: unknown): boolean => /already exist/i.test(textOf(error));
const isGone = (error: unknown): boolean =>
  nameOf(error) === 'ResourceNotFound' || /could not find/i.test(textOf(error));

const unless = async (isFine: (error: unknown) => boolean, call: Promise<unknown>): Promise<void> => {
  try {
    await call;
  } catch (error) {
    if (!isFine(error)) throw error;
  }
};

const variantOf = (name: string, { instance, instances = 1, serverless }: Container): ProductionVariant => ({
  VariantName: 'only',
  ModelName: name,
  ...(serverless
    ? { ServerlessConfig: { MemorySizeInMB: serverless.memoryMb, MaxConcurrency: serverless.maxConcurrency } }
    : { InstanceType: instance as NonNullable<ProductionVariant['InstanceType']>, InitialInstanceCount: instances }),
});

/** Endpoints on SageMaker: one name for the model, the configuration and the endpoint of a version. */
export class SageMakerHost implements EndpointHost {
  constructor(
    private readonly sagemaker: SageMakerClient,
    private readonly containerRole: string,
    private readonly deployment: string,
  ) {}

  async look(EndpointName: string): Promise<EndpointState> {
    try {
      const { EndpointStatus, FailureReason } = await this.sagemaker.send(
        new DescribeEndpointCommand({ EndpointName }),
      );
      if (EndpointStatus === 'InService') return { status: 'in-service' };
      if (EndpointStatus === 'Deleting') return { status: 'deleting' };
      if (EndpointStatus === 'Failed' || EndpointStatus === 'OutOfService' || EndpointStatus === 'UpdateRollbackFailed')
        return { status: 'failed', reason: (FailureReason ?? EndpointStatus).slice(0, MAX_REASON) };
      return { status: 'starting' };
    } catch (error) {
      if (isGone(error)) return { status: 'absent' };
      throw error;
    }
  }

  async create({ name, container, archive, tags }: HostedEndpoint): Promise<void> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const model = {
      ModelName: name,
      ExecutionRoleArn: this.containerRole,
      // The container then reaches nothing and gets no credentials. Serverless endpoints do not offer it.
      EnableNetworkIsolation: container.serverless === undefined,
      PrimaryContainer: { Image: container.image, ModelDataUrl: archive, Environment: container.environment },
      Tags,
    };
    const config = { EndpointConfigName: name, ProductionVariants: [variantOf(name, container)], Tags };
    const endpoint = { EndpointName: name, EndpointConfigName: name, Tags };
    try {
      await unless(isThereAlready, this.sagemaker.send(new CreateModelCommand(model)));
      await unless(isThereAlready, this.sagemaker.send(new CreateEndpointConfigCommand(config)));
      await unless(isThereAlready, this.sagemaker.send(new CreateEndpointCommand(endpoint)));
    } catch (cause) {
      if (!FINAL.has(nameOf(cause))) throw cause;
      const said = textOf(cause).slice(0, MAX_REASON);
      throw new UpstreamFailed(`SageMaker does not make endpoint ${name}: ${nameOf(cause)}: ${said}`, { cause });
    }
  }

  /** The model goes last: as long as it is listed, the sweep knows that something is left. */
  async remove(name: string): Promise<void> {
    await unless(
      (error) => isGone(error) || /in-progress|deleting/i.test(textOf(error)),
      this.sagemaker.send(new DeleteEndpointCommand({ EndpointName: name })),
    );
    await unless(isGone, this.sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })));
    await unless(isGone, this.sagemaker.send(new DeleteModelCommand({ ModelName: name })));
  }

  async *list(): AsyncIterable<HostedEntry> {
    const pages = paginateListModels({ client: this.sagemaker }, { NameContains: `${this.deployment}-` });
    for await (const { Models = [] } of pages) {
      for (const { ModelName, ModelArn, CreationTime } of Models) {
        // Other deployments, and other people, have models too.
        if (!ModelName?.startsWith(`${this.deployment}-`)) continue;
        const { Tags = [] } = await this.sagemaker.send(new ListTagsCommand({ ResourceArn: ModelArn }));
        const tags = Object.fromEntries(Tags.map(({ Key = '', Value }) => [Key, Value]));
        const [model, version] = [tags[MODEL_TAG], Number(tags[VERSION_TAG])];
        if (tags[DEPLOYMENT_TAG] !== this.deployment || model === undefined || !Number.isInteger(version)) continue;
        yield { name: ModelName, model, version, createdAt: CreationTime?.getTime() ?? 0 };
      }
    }
  }
}
