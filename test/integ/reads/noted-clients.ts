import type * as DynamoModule from '@aws-sdk/client-dynamodb';
import type * as S3Module from '@aws-sdk/client-s3';

/** One call of DynamoDB or S3, as its answer tells. */
export interface Access {
  readonly command: string;
  /** What it consumed; undefined of S3, and of what the embedded AWS does not count. */
  readonly capacity: number | undefined;
  /** Items or keys that it looked at. */
  readonly looked: number;
}

/** Every call since it was emptied. */
export const accesses: Access[] = [];

interface Answer {
  readonly ConsumedCapacity?: { CapacityUnits?: number } | { CapacityUnits?: number }[];
  readonly ScannedCount?: number;
  readonly Responses?: Record<string, unknown[]>;
  readonly Contents?: unknown[];
  readonly Versions?: unknown[];
}

const capacityOf = ({ ConsumedCapacity }: Answer): number | undefined =>
  ConsumedCapacity && [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = Number.NaN }) => sum + CapacityUnits, 0);
const lookedOf = ({ ScannedCount, Responses, Contents, Versions }: Answer): number =>
  ScannedCount ?? Contents?.length ?? Versions?.length ?? Object.values(Responses ?? { one: [1] }).flat().length;

type Stack = DynamoModule.DynamoDBClient['middlewareStack'];

const noteOn = (stack: Stack, isDynamo: boolean): void =>
  stack.add(
    (next, context) => async (call) => {
      if (isDynamo) Object.assign(call.input, { ReturnConsumedCapacity: 'TOTAL' });
      const result = await next(call);
      const answer = result.output as Answer;
      const capacity = isDynamo ? capacityOf(answer) : undefined;
      accesses.push({ command: String(context.commandName), capacity, looked: lookedOf(answer) });
      return result;
    },
    { step: 'initialize', name: 'noteAccess' },
  );

/** The real module with a client that asks what each call consumed, and notes the answer; for `jest.mock`. */
export const notingDynamo = () => {
  const actual = jest.requireActual<typeof DynamoModule>('@aws-sdk/client-dynamodb');
  class DynamoDBClient extends actual.DynamoDBClient {
    constructor(...args: ConstructorParameters<typeof actual.DynamoDBClient>) {
      super(...args);
      noteOn(this.middlewareStack, true);
    }
  }
  return { ...actual, DynamoDBClient };
};

export const notingS3 = () => {
  const actual = jest.requireActual<typeof S3Module>('@aws-sdk/client-s3');
  class S3Client extends actual.S3Client {
    constructor(...args: ConstructorParameters<typeof actual.S3Client>) {
      super(...args);
      noteOn(this.middlewareStack as unknown as Stack, false);
    }
  }
  return { ...actual, S3Client };
};
