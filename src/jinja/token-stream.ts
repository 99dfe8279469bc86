/** Tokens one after another, for the parsers. */
import { JinjaError } from './error.ts';
import type { Token, TokenKind } from './lexer.ts';

export interface TokenStream {
  readonly current: Token;
  /** The token after the current one. */
  readonly following: Token;
  /** Takes the current token. */
  next(): Token;
  /** Whether the current token is of this kind and, if given, this value. */
  is(kind: TokenKind, value?: string): boolean;
  /** Takes the current token if it is that one. */
  skip(kind: TokenKind, value?: string): boolean;
  expect(kind: TokenKind, value?: string): Token;
  /** @throws JinjaError of the kind `syntax`, with the line */
  fail(message: string): never;
}

export function createTokenStream(tokens: readonly Token[]): TokenStream {
  let at = 0;
  const last = tokens.length - 1;
  const stream: TokenStream = {
    get current() {
      return tokens[at] as Token;
    },
    get following() {
      return tokens[Math.min(at + 1, last)] as Token;
    },
    next: () => tokens[at < last ? at++ : last] as Token,
    is: (kind, value) => stream.current.kind === kind && (value === undefined || stream.current.value === value),
    skip(kind, value) {
      const found = stream.is(kind, value);
      if (found) stream.next();
      return found;
    },
    expect(kind, value) {
      if (!stream.is(kind, value)) stream.fail(`expected ${value ?? kind}, found ${describe(stream.current)}`);
      return stream.next();
    },
    fail(message) {
      throw new JinjaError('syntax', `line ${stream.current.line}: ${message}`);
    },
  };
  return stream;
}

function describe({ kind, value }: Token): string {
  if (kind === 'eof') return 'the end of the template';
  if (kind === 'data') return 'text';
  if (kind === 'begin' || kind === 'end') return `the ${kind} of a ${value}`;
  return JSON.stringify(value);
}
