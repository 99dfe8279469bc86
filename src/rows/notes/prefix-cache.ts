import { inOrder } from '../order.ts';
import { note } from './note.ts';

interface Policy {
  policy_name: string;
  cached: number;
  prompt: number;
}

/** That the engine kept prompts, whose tokens it spared, and who computed all of theirs. */
export const prefixCache = note({
  ...{ name: 'prefix cache', kind: 'note' },
  columns: ['policy_name', 'realisation', 'counter_cached_prompt_tokens', 'prompt_tokens'],
  needs: ['checks', 'order'],
  open({ checks, order }) {
    const policies = new Map<string, Policy>();
    return {
      read({ policy_name, realisation, counter_cached_prompt_tokens: cached, prompt_tokens: prompt }) {
        if (!checks.prefixCache || realisation !== 'engine' || typeof prompt !== 'number') return;
        const policy = policies.get(policy_name) ?? { policy_name, cached: 0, prompt: 0 };
        policies.set(policy_name, policy);
        policy.cached += typeof cached === 'number' ? cached : 0;
        policy.prompt += prompt;
      },
      say() {
        const all = inOrder(policies.values(), ({ policy_name }) => ({ policy_name, benchmark: '' }), order);
        if (all.length === 0) return [];
        const [cached, prompt] = [total(all, 'cached'), total(all, 'prompt')];
        const without = all.filter((policy) => policy.cached === 0).map(({ policy_name }) => policy_name);
        const rest = without.length > 0 ? `; ${without.join(', ')} computed whole prompts` : '';
        return [
          `prefix cache: the engine kept the newest prompt (prefix_cache: true), so ${Math.round((100 * cached) / Math.max(1, prompt))} % of all prompt tokens were copied and not computed; times and work of prompts depend on what ran before${rest}`,
        ];
      },
    };
  },
});

const total = (policies: readonly Policy[], field: 'cached' | 'prompt') =>
  policies.reduce((sum, policy) => sum + policy[field], 0);
