import { parseInteger, pythonSpace, strip } from '../python-text.ts';

/** A workflow: subtask texts with START first and END last, and edges as pairs of node indices. */
export interface Plan {
  nodes: readonly string[];
  edges: readonly (readonly [from: number, to: number])[];
}

// The official patterns are Python's `\d+[:.] (.+)` and `\(\s*(\d+|START)\s*,\s*(\d+|END)\s*\)`. The look-behind
// changes no match (a match never ends inside a run of digits) and keeps long runs of digits from taking squared time.
const numberedLine = /(?<!\p{Nd})\p{Nd}+[:.] ([^\n]+)/gu;
const space = `[${pythonSpace}]*`;
const edge = new RegExp(`\\(${space}(\\p{Nd}+|START)${space},${space}(\\p{Nd}+|END)${space}\\)`, 'gu');

/**
 * Reads a plan as WorfBench's evaluator does (arXiv 2410.07869): every numbered line of a text that holds `Node` is a
 * node, whatever its number; every `(a,b)` anywhere is an edge, without a range check.
 *
 * @returns null where the text is unparsable: no `Node`, or no edge at all.
 */
export function parsePlan(text: string): Plan | null {
  if (!text.includes('Node')) return null;
  const steps = [...text.matchAll(numberedLine)].map((match) => strip(match[1] as string));
  const nodes = ['START', ...steps, 'END'];
  const indexOf = (name: string) => (name === 'START' ? 0 : name === 'END' ? nodes.length - 1 : parseInteger(name));
  const edges = [...text.matchAll(edge)].map(
    ([, from, to]) => [indexOf(from as string), indexOf(to as string)] as const,
  );
  return edges.length > 0 ? { nodes, edges } : null;
}

export const isTerminal = (node: string) => node === 'START' || node === 'END';
