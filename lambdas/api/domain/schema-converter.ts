import * as z from 'zod';
import { namedSchemas } from './named-schemas';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Requests may leave out what has a default, answers never do: a schema reads differently either way. */
export type Direction = 'input' | 'output';

const DEFINITIONS = '#/$defs/';
const COMPONENTS = '#/components/schemas/';
/** What zod calls the one recursive schema without a name: any JSON. */
const ANY_JSON = /^__schema\d+$/;

const isCustom = (def: z.core.$ZodTypeDef): boolean => def.type === 'custom';

/** What JSON Schema would say otherwise than the schema means. */
const override: NonNullable<z.core.ToJSONSchemaParams['override']> = ({ zodSchema, jsonSchema }) => {
  const def: z.core.$ZodTypeDef & { catchall?: unknown } = zodSchema._zod.def;
  // Fields are only ever added: what is not strict may grow.
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
  if (def.type === 'lazy') for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  // Lists that are checked element by element elsewhere.
  if (isCustom(def)) Object.assign(jsonSchema, { type: 'array', items: {} });
};

/** Converts zod schemas to JSON Schema for OpenAPI 3.1, and gathers those that have a name as components. */
export class SchemaConverter {
  private readonly names = namedSchemas();
  private readonly gathered = new Map<string, JsonSchema>();

  /** Named schemas met so far, in the order of their names. */
  get components(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.gathered].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  convert(schema: z.ZodType, direction: Direction): JsonSchema {
    const converted = z.toJSONSchema(schema, {
      io: direction,
      metadata: this.names,
      unrepresentable: 'any',
      override,
    });
    const { $schema: _, $defs = {}, id, ...root } = converted;
    for (const [name, definition] of Object.entries($defs)) this.gather(name, definition as JsonSchema, direction);
    if (typeof id !== 'string') return this.pointed(root, direction);
    this.gather(id, root, direction);
    return { $ref: COMPONENTS + nameOf(id, direction) };
  }

  private gather(name: string, definition: JsonSchema, direction: Direction): void {
    const { id: _, ...body } = definition;
    this.gathered.set(nameOf(name, direction), this.pointed(body, direction));
  }

  /** With references to components instead of to definitions of its own. */
  private pointed(part: JsonSchema, direction: Direction): JsonSchema {
    return JSON.parse(JSON.stringify(part), (key, value) =>
      key === '$ref' && typeof value === 'string' && value.startsWith(DEFINITIONS)
        ? COMPONENTS + nameOf(value.slice(DEFINITIONS.length), direction)
        : value,
    ) as JsonSchema;
  }
}

const nameOf = (id: string, direction: Direction): string => {
  if (ANY_JSON.test(id)) return 'Json';
  return direction === 'input' ? `${id}Request` : id;
};
