/** Which SQL an agent may run: one statement that reads. The database is opened for reading as well; this gives clear words. */

/** Characters of a query. Longer ones hold literals that no question needs. */
export const MOST_QUERY = 20_000;

const literal = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;
/** Names keep a sign, comments become a space: neither may hide or fake a keyword. */
const withoutLiterals = (query: string) =>
  query.replace(literal, (text) => (text.startsWith('--') || text.startsWith('/*') ? ' ' : "''"));

const refused =
  /\b(?:attach|detach|pragma\w*|vacuum|reindex|analyze|alter|create|drop|insert|update|delete|begin|commit|rollback|savepoint|release|load_extension|readfile|writefile|edit|fts3_tokenizer)\b|\breplace\s+into\b/i;

/** Why a query is not run; undefined where it is. */
export function refusalOf(query: string): string | undefined {
  if (query.length > MOST_QUERY) return `the query has more than ${MOST_QUERY} characters`;
  if (query.includes('\0')) return 'the query holds a NUL character';
  const text = withoutLiterals(query)
    .replace(/[;\s]+$/, '')
    .trim();
  if (text === '') return 'there is no query';
  if (text.includes(';')) return 'only one statement is run at a time';
  const word = refused.exec(text)?.[0];
  if (word !== undefined) return `${word.toUpperCase()} is not allowed: the database is only for reading`;
  if (!/^(?:select|with|values)\b/i.test(text)) return 'only SELECT is run here';
  return undefined;
}
