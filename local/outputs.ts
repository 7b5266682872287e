/** What a platform says about itself: the stacks' outputs in camelCase, and where to find it on this machine. */
export type Outputs = Readonly<Record<string, string>> & {
  readonly endpointUrl: string;
  readonly region: string;
  readonly apiUrl: string;
  readonly tokenUrl: string;
};

const camel = (key: string): string => key.charAt(0).toLowerCase() + key.slice(1);

/** CDK's outputs by stack, as one flat record with camelCase keys. */
export const flattenOutputs = (
  byStack: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.values(byStack).flatMap((outputs) => Object.entries(outputs).map(([key, value]) => [camel(key), value])),
  );

/** The stacks' outputs with AWS's hosts replaced by the one port that everything is behind here. */
export const localOutputs = (stacks: Readonly<Record<string, string>>, port: number, region: string): Outputs => {
  const endpointUrl = `http://localhost:${port}`;
  return {
    region,
    ...stacks,
    endpointUrl,
    apiUrl: `${endpointUrl}/_aws/execute-api/${stacks.apiId}/$default`,
    tokenUrl: `${endpointUrl}/oauth2/token`,
  };
};
