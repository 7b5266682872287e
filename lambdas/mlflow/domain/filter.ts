import { invalid } from './refusal';

/** MLflow's filter language: conditions on attributes, tags, metrics, parameters and datasets of runs, joined by AND. */
export interface Condition {
  readonly kind: 'attribute' | 'tag' | 'metric' | 'param' | 'dataset';
  readonly key: string;
  readonly operator:
    | '='
    | '!='
    | '<'
    | '<='
    | '>'
    | '>='
    | 'LIKE'
    | 'ILIKE'
    | 'IN'
    | 'NOT IN'
    | 'IS NULL'
    | 'IS NOT NULL';
  readonly values: readonly (string | number)[];
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'text' | 'number' | 'operator' | 'punctuation';
  readonly text: string;
  readonly at: number;
}

/** Backticks and double quotes around a key; single and double quotes around a text. Quotes are doubled inside, or escaped. */
const TOKEN =
  /\s+|(?<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))|(?<word>[A-Za-z_][\w/-]*)|(?<quoted>`[^`]*`)|(?<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")|(?<operator><=|>=|!=|=|<|>)|(?<punctuation>[.,()])/y;

const KINDS = ['number', 'word', 'quoted', 'text', 'operator', 'punctuation'] as const;

const tokensOf = (filter: string): Token[] => {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < filter.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(filter);
    if (match === null) throw invalid(`the filter cannot be read at position ${at + 1}: ${filter.slice(at, at + 20)}`);
    const kind = KINDS.find((name) => match.groups?.[name] !== undefined);
    if (kind !== undefined) tokens.push({ kind, text: match[0], at });
  }
  return tokens;
};

const unquoted = (text: string): string => {
  const quote = text.charAt(0);
  const inner = text.slice(1, -1);
  return quote === '`' ? inner : inner.replaceAll(quote + quote, quote).replace(/\\(.)/g, '$1');
};

const KINDS_OF_KEY: Readonly<Record<string, Condition['kind']>> = {
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  tag: 'tag',
  tags: 'tag',
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  dataset: 'dataset',
  datasets: 'dataset',
};

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(private readonly filter: string) {
    this.tokens = tokensOf(filter);
  }

  parse(): Condition[] {
    const conditions: Condition[] = [];
    if (this.tokens.length === 0) return conditions;
    conditions.push(this.condition());
    while (this.at < this.tokens.length) {
      this.expectWord('AND');
      conditions.push(this.condition());
    }
    return conditions;
  }

  private condition(): Condition {
    const { kind, key } = this.key();
    if (this.takeWord('IS')) {
      const negated = this.takeWord('NOT');
      this.expectWord('NULL');
      return { kind, key, operator: negated ? 'IS NOT NULL' : 'IS NULL', values: [] };
    }
    if (this.takeWord('NOT')) {
      this.expectWord('IN');
      return { kind, key, operator: 'NOT IN', values: this.list() };
    }
    if (this.takeWord('IN')) return { kind, key, operator: 'IN', values: this.list() };
    for (const operator of ['LIKE', 'ILIKE'] as const) {
      if (this.takeWord(operator)) return { kind, key, operator, values: [this.value()] };
    }
    const operator = this.take('operator')?.text as Condition['operator'] | undefined;
    if (operator === undefined) throw this.fault('one of = != < <= > >= LIKE ILIKE IN');
    return { kind, key, operator, values: [this.value()] };
  }

  /** `name`, `tag.stage`, `` tags.`mlflow.user` ``, `metrics."f1 score"`; a key may hold dots of its own. */
  private key(): { kind: Condition['kind']; key: string } {
    const first = this.take('word');
    if (first === undefined) throw this.fault('the name of an attribute, or tags.<key>');
    const kind = KINDS_OF_KEY[first.text.toLowerCase()];
    if (this.tokens[this.at]?.text !== '.') return { kind: 'attribute', key: first.text };
    if (kind === undefined)
      throw this.fault(`tags, metrics, params or attributes before the dot, not ${first.text}`, first);
    const parts: string[] = [];
    while (this.tokens[this.at]?.text === '.') {
      this.at++;
      const part = this.take('word') ?? this.take('quoted') ?? this.take('text') ?? this.take('number');
      if (part === undefined) throw this.fault('a key behind the dot');
      parts.push(part.kind === 'quoted' || part.kind === 'text' ? unquoted(part.text) : part.text);
    }
    return { kind, key: parts.join('.') };
  }

  private value(): string | number {
    const text = this.take('text');
    if (text !== undefined) return unquoted(text.text);
    const number = this.take('number');
    if (number !== undefined) return Number(number.text);
    throw this.fault('a text in quotes, or a number');
  }

  private list(): (string | number)[] {
    this.expect('(');
    const values = [this.value()];
    while (this.tokens[this.at]?.text === ',') {
      this.at++;
      values.push(this.value());
    }
    this.expect(')');
    return values;
  }

  private take(kind: Token['kind']): Token | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== kind) return undefined;
    this.at++;
    return token;
  }

  private takeWord(word: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== 'word' || token.text.toUpperCase() !== word) return false;
    this.at++;
    return true;
  }

  private expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.fault(word);
  }

  private expect(text: string): void {
    if (this.tokens[this.at]?.text !== text) throw this.fault(text);
    this.at++;
  }

  private fault(wanted: string, token = this.tokens[this.at]): Error {
    const found = token === undefined ? 'its end' : `"${token.text}" at position ${token.at + 1}`;
    return invalid(
      `the filter is not understood: expected ${wanted}, found ${found}; in: ${this.filter.slice(0, 200)}`,
    );
  }
}

/** @throws Refusal INVALID_PARAMETER_VALUE with the place and what was expected there */
export const parseFilter = (filter: string | undefined): Condition[] => new Parser(filter ?? '').parse();
