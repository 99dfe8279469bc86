/** Whether prompts and answers fit into the KV slots that `kv_slots` leaves a sequence, said before the first trial. */
import { type ModelShape, plainText, TtcError } from '../core/index.ts';
import type { FoundVariant } from './open-variant.ts';

export interface SlotUser extends Pick<FoundVariant, 'policy' | 'reference'> {
  name: string;
  params: unknown;
}

/** The longest call of a sample. */
export interface LongestCall {
  promptTokens: number;
  maxTokens: number;
}

export interface KvRoom {
  benchmark: string;
  kvSlots: number;
  calls: readonly LongestCall[];
  /** The baseline among them. */
  users: readonly SlotUser[];
  model: ModelShape;
}

/**
 * @returns sentences on those whose trials will fail
 * @throws E_CONTEXT where nothing fits, under no policy
 */
export function kvRoomNotes({ benchmark, kvSlots, calls, users, model }: KvRoom): string[] {
  const short = new Map<number, string[]>();
  let most = 0;
  let isAnyPlayed = false;
  for (const user of users) {
    const needs = calls.map((call) => slotsOf(user, call, model));
    const failing = needs.filter((slots) => slots > kvSlots).length;
    most = Math.max(most, ...needs);
    if (failing < calls.length) isAnyPlayed = true;
    if (failing > 0) short.set(failing, [...(short.get(failing) ?? []), plainText(user.name, 80)]);
  }
  if (!isAnyPlayed) {
    const prompt = Math.max(...calls.map(({ promptTokens }) => promptTokens));
    throw new TtcError(
      'E_CONTEXT',
      `kv_slots ${kvSlots}: no prompt of ${benchmark} fits with its answer; they need up to ${most} KV slots, the longest prompt alone ${prompt}`,
      { help: `kv_slots: ${most} fits all; otherwise lower --max-tokens, or give the cache a budget` },
    );
  }
  return [...short].map(
    ([failing, names]) =>
      `${benchmark}: under ${names.join(', ')} ${failing} of ${calls.length} prompts with their answers need more than the ${kvSlots} KV slots of kv_slots; their trials fail`,
  );
}

/** A module of the user's own that does not say may need anything. */
function slotsOf({ policy, reference, params }: SlotUser, call: LongestCall, model: ModelShape): number {
  const said = policy.engine?.slots?.(params, call, model);
  if (said !== undefined) return said;
  return 'module' in reference ? 0 : call.promptTokens + call.maxTokens;
}
