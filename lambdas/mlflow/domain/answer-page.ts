/** Bytes of JSON that an answer takes: a function answers with 6 MB at most, in which quotes count twice. */
const ANSWER_BYTES = 4_000_000;

/** Fills an answer until it is full by number or by bytes. */
export class AnswerPage {
  readonly found: object[] = [];
  private bytes = 0;

  constructor(private readonly limit: number) {}

  get isFull(): boolean {
    return this.found.length >= this.limit;
  }

  /** @returns false when there is no room for it any more */
  take(shape: object): boolean {
    this.bytes += Buffer.byteLength(JSON.stringify(shape));
    if (this.isFull || (this.found.length > 0 && this.bytes > ANSWER_BYTES)) return false;
    this.found.push(shape);
    return true;
  }
}
