import { note } from './note.ts';

/** A cancelled call gets no usage: policies that cancel calls are paid for by counts that nobody vouches for. */
export const cancelled = note({
  ...{ name: 'cancelled', kind: 'note' },
  columns: ['policy_name', 'cancelled_calls'],
  needs: [],
  open() {
    let calls = 0;
    const policies = new Set<string>();
    return {
      read({ policy_name, cancelled_calls }) {
        if (!cancelled_calls) return;
        calls += cancelled_calls;
        policies.add(policy_name);
      },
      say() {
        if (calls === 0) return [];
        const [what, whose] = calls === 1 ? ['1 cancelled call', 'its'] : [`${calls} cancelled calls`, 'their'];
        const where = [...policies].sort().join(', ');
        return [
          `${what} of ${where}: ${whose} tokens are estimates; the server may have written, and may charge, more than tokens and costs here say`,
        ];
      },
    };
  },
});
