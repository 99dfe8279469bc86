import type { Stop, StopCode } from '../core/index.ts';
import type { SessionRecord } from './manifest.ts';

/** What `run.json` said before it held stops as data, with the limit first and what was spent second. */
const sentences: Partial<Record<StopCode, RegExp>> = {
  duration: /^the ([\d.e+-]+) s of --duration are over/,
  max_cost: /^the ([\d.e+-]+) USD of --max-cost are spent(?:: ([\d.e+-]+) USD)?/,
  max_tokens_total: /^the ([\d.e+-]+) tokens of --max-tokens-total are used(?:: ([\d.e+-]+) tokens)?/,
  requests_per_day: /^the provider's requests of the day are used up/,
};

/** Why a session stopped before its plan was done; undefined where it was not told to. */
export function stopOf({ stop, reason }: Pick<SessionRecord, 'stop' | 'reason'>): Stop | undefined {
  if (stop || reason === undefined) return stop;
  for (const code of Object.keys(sentences) as StopCode[]) {
    const found = sentences[code]?.exec(reason);
    if (!found) continue;
    const [limit, spent] = found.slice(1).map((text) => (text === undefined ? undefined : Number(text)));
    return { code, ...(limit !== undefined && { limit }), ...(spent !== undefined && { spent }) };
  }
  return undefined;
}
