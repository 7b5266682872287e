import * as z from 'zod';
import { Failure } from './failure';

/** problem+json of the platform's own API, `{"error"}` of the inference protocol, `{"message"}` of the gateway. */
const problemSchema = z.object({
  detail: z.string().optional(),
  error: z.string().optional(),
  message: z.string().optional(),
});

const reasonOf = async (response: Response): Promise<string> => {
  const text = await response.text();
  try {
    const problem = problemSchema.parse(JSON.parse(text));
    return problem.detail ?? problem.error ?? problem.message ?? text;
  } catch {
    return text.slice(0, 200) || response.statusText;
  }
};

/** The platform's HTTP API for one caller. */
export class Api {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** @throws Failure with the platform's own words when it refuses, or when it cannot be reached. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = {
      authorization: `Bearer ${this.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(`${this.url}${path}`, { method, headers, ...init }).catch((cause: Error) => {
      throw new Failure(`the platform at ${this.url} does not answer: ${cause.message}`, 1, { cause });
    });
    if (!response.ok) throw new Failure(`${await reasonOf(response)} (HTTP ${response.status})`);
    return (await response.json()) as T;
  }

  get<T>(path: string): Promise<T> {
    return this.call('GET', path);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.call('POST', path, body);
  }

  /** Every item of a paginated list, up to `most`. */
  async list<T>(path: string, most: number): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({
        limit: String(Math.min(200, most - items.length)),
        ...(cursor ? { cursor } : {}),
      });
      const page = await this.get<{ items: T[]; cursor?: string }>(`${path}${path.includes('?') ? '&' : '?'}${query}`);
      items.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined && items.length < most);
    return items;
  }
}
