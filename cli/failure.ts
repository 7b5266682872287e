/** Something the user can mend; its message is all that is printed. Anything else is a fault of the program. */
export class Failure extends Error {
  constructor(
    message: string,
    /** 1: refused or failed; 2: called wrongly. */
    readonly exitCode: 1 | 2 = 1,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'Failure';
  }
}
