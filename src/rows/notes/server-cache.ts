/** What a server's cache of prompts did to times: it answers sooner what it was sent before. */
import { baselineName } from '../names.ts';
import { inOrder } from '../order.ts';
import { note } from './note.ts';

/** What was asked of the server's cache. A replay, and the engine, have none. */
export const serverCache = note({
  ...{ name: 'server cache', kind: 'note' },
  columns: ['realisation'],
  needs: ['checks'],
  open({ checks: { cache } }) {
    let isServed = false;
    return {
      read({ realisation }) {
        isServed ||= realisation === 'client';
      },
      say: () => (isServed && cache ? [`prompt cache: ${wordsOf(cache)}`] : []),
    };
  },
});

const soon = 'prompts that it was sent before may get their first token sooner, those of baseline_again among them';

function wordsOf({ asked, by }: { asked: 'cold' | 'warm' | 'as-is'; by?: string | null }): string {
  if (asked === 'as-is') return `the server was left to use its own (prompt_cache: as-is); ${soon}`;
  if (asked === 'warm')
    return "each trial's first prompt was sent once before it counted (prompt_cache: warm), so times to the first token are those of a server that knows the prompt";
  return by
    ? `every request asked the server not to use its own (${by})`
    : `this server offers no way to go without; the plan sends a prompt again as late as it can, and what the server still kept could not be prevented: ${soon}`;
}

/** Shares that differ by more are those of another experiment. */
const mostApart = 0.05;

interface Cell {
  policy_name: string;
  benchmark: string;
  group: string;
  cached: number;
  prompt: number;
}

/** Cells of which another share of the prompts was cached than of the baseline's. */
export const cachedShares = note({
  ...{ name: 'cached shares', kind: 'warning' },
  columns: ['policy_name', 'benchmark', 'backend', 'model', 'cached_tokens', 'prompt_tokens'],
  needs: ['order'],
  open({ order }) {
    const cells = new Map<string, Cell>();
    return {
      read({ policy_name, benchmark, backend, model, cached_tokens, prompt_tokens }) {
        if (typeof cached_tokens !== 'number' || typeof prompt_tokens !== 'number') return;
        const group = JSON.stringify([benchmark, backend, model]);
        const key = JSON.stringify([group, policy_name]);
        const cell = cells.get(key) ?? { policy_name, benchmark, group, cached: 0, prompt: 0 };
        cells.set(key, cell);
        cell.cached += cached_tokens;
        cell.prompt += prompt_tokens;
      },
      say: () => {
        const ordered = inOrder(cells.values(), (cell) => cell, order);
        return ordered.flatMap((cell) => {
          const baseline = ordered.find((one) => one.policy_name === baselineName && one.group === cell.group);
          return baseline && baseline !== cell ? sentencesOf(cell, baseline) : [];
        });
      },
    };
  },
});

const shareOf = ({ cached, prompt }: Cell) => (prompt > 0 ? cached / prompt : 0);
const percent = (share: number) => `${Math.round(100 * share)} %`;

function sentencesOf(cell: Cell, baseline: Cell): string[] {
  const [own, theirs] = [shareOf(cell), shareOf(baseline)];
  if (Math.abs(own - theirs) <= mostApart) return [];
  return [
    `${cell.policy_name} on ${cell.benchmark}: ${percent(own)} of its prompt tokens came out of a cache, ${percent(theirs)} of the baseline's: their times do not compare`,
  ];
}
