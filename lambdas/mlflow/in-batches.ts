/** Looks at so many things at once: each costs a few gets, which wait for the network and for nothing else. */
export async function* inBatches<T, R>(
  things: AsyncIterable<readonly T[]>,
  size: number,
  look: (thing: T) => Promise<R>,
): AsyncGenerator<R> {
  for await (const page of things)
    for (let at = 0; at < page.length; at += size) yield* await Promise.all(page.slice(at, at + size).map(look));
}
