import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

/** A document as it goes over the wire. */
export interface WireDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, WireOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

export interface WireOperation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly content: Readonly<Record<string, object>>; readonly headers?: Readonly<Record<string, object>> }
    >
  >;
}

/** What the OpenAPI 3.1 meta-schema and its references object to; empty for a valid document. */
export const faultsOf = async (document: object): Promise<unknown> => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)));
  return valid ? [] : errors;
};

/** Validates by the schemas of a document, as a client would. */
export const schemasOf = (document: WireDocument): ((name: string) => ValidateFunction) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addFormat('uint64', true);
  ajv.addFormat('base64', true);
  ajv.addSchema(document, 'document');
  return (name) => ajv.compile({ $ref: `document#/components/schemas/${name}` });
};

export const operationsOf = (document: WireDocument) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ key: `${method.toUpperCase()} ${path}`, operation })),
  );
