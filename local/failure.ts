/** Something that stops the local platform, said in one sentence that the user can act on. */
export class LocalFailure extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'LocalFailure';
  }
}
