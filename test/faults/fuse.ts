import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** What a process that dies leaves of its caller: nothing after this runs. */
export class Crash extends Error {
  constructor(call: string) {
    super(`the process died at ${call}`);
  }
}

export type Moment = 'before its effect' | 'after its effect';

type AnyFunction = (...given: unknown[]) => unknown;

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
const isSequence = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/**
 * Counts every call that leaves a process, and lets the process die at one of them, before the call has its effect or before
 * its answer is read. From then on no call leaves it, and no answer reaches it, whatever its code goes on with.
 */
export class Fuse {
  /** What was called, in order. */
  readonly calls: string[] = [];
  private isDead = false;
  private counted = 0;

  /**
   * @param at the call to die at, from 1 @default none
   * @param hasEffect a call without one is not counted where a process dies after the effect: that is before the next call
   */
  constructor(
    private readonly at = Number.POSITIVE_INFINITY,
    private readonly moment: Moment = 'before its effect',
    private readonly hasEffect: (call: string) => boolean = () => true,
  ) {}

  /** Whether there was such a call. */
  get isBlown(): boolean {
    return this.isDead;
  }

  /** The same ports; every method of each of them is a call, however deep they lie, and so is each item of what they iterate over. */
  ports<P extends object>(ports: P, prefix = ''): P {
    return new Proxy(ports, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof property === 'symbol') return value;
        const name = prefix + property;
        if (typeof value === 'function')
          return (...given: unknown[]) => this.cross(name, () => (value as AnyFunction).apply(target, given));
        const isPort = typeof value === 'object' && value !== null && !Array.isArray(value);
        return isPort ? this.ports(value, `${name}.`) : value;
      },
    });
  }

  /** The same client of AWS; every command is a call. */
  client<C extends { readonly middlewareStack: unknown }>(client: C): C {
    const stack = client.middlewareStack as DynamoDBClient['middlewareStack'];
    stack.add((next, context) => async (call) => this.cross(String(context.commandName), () => next(call)), {
      step: 'initialize',
      name: 'fuse',
    });
    return client;
  }

  /** Anything else that leaves the process. */
  cross<T>(name: string, effect: () => T): T {
    this.checkAlive(name);
    this.calls.push(name);
    const isLast = this.isDue(name);
    if (isLast && this.moment === 'before its effect') this.die(name);
    const answer = effect();
    if (isSequence(answer)) return this.each(name, answer, isLast) as T;
    if (isPromise(answer)) return this.arrival(name, answer, isLast) as T;
    if (isLast) this.die(name);
    return answer;
  }

  private isDue(name: string): boolean {
    if (this.moment === 'after its effect' && !this.hasEffect(name)) return false;
    return ++this.counted === this.at;
  }

  private arrival(name: string, answer: Promise<unknown>, isLast: boolean): Promise<unknown> {
    const arrived = answer.finally(() => {
      if (isLast) this.die(name);
      this.checkAlive(name);
    });
    // Nobody may be left to hear of a call that was under way when the process died.
    arrived.catch(() => undefined);
    return arrived;
  }

  private async *each(name: string, items: AsyncIterable<unknown>, isLast: boolean): AsyncGenerator<unknown> {
    if (isLast) this.die(name);
    for await (const item of items) yield this.cross(`${name}[]`, () => item);
  }

  private die(name: string): never {
    this.isDead = true;
    throw new Crash(name);
  }

  private checkAlive(name: string): void {
    if (this.isDead) throw new Crash(name);
  }
}
