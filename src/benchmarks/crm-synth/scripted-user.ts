/** A user without a model: tells one more fact after each answer, and is content with the answer after the last. */
import type { AgentUser } from '../crm-agent/play-agent.ts';

export function scriptedUser(details: readonly string[]): AgentUser {
  const left = [...details];
  return { next: () => left.shift() };
}
