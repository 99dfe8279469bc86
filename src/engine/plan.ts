/** Turns the passes of one `forward` call into steps: graphs that run one after the other. */
import { type Hidden, type Pass, TtcError } from '../core/index.ts';
import { rangeOf } from './check-pass.ts';
import { slotBucket } from './kv-buffer.ts';
import type { KvSequence } from './kv-sequence.ts';
import type { Shape } from './shape.ts';

/** `vtf`: scores and weighted sums as matrix products over a padded cache. `flash`: the fused kernel, for prompts. */
export type AttentionPath = 'vtf' | 'flash';

/** Consecutive layers of one sequence that share KV slots and mask. */
export interface LayerGroup {
  from: number;
  to: number;
  /** Slots filled before the step. */
  filled: number;
  /** Slots that attention runs over. */
  span: number;
  hidden: readonly Hidden[];
  /** The mask differs between heads. */
  perHead: boolean;
}

/** The rows of one pass within a step. */
export interface Segment {
  /** Place of the pass in the call. */
  pass: Pass;
  index: number;
  sequence: KvSequence;
  /** First row within the step. */
  first: number;
  rows: number;
  logits: number;
  groups: readonly LayerGroup[];
}

export interface Step {
  from: number;
  to: number;
  input: 'tokens' | 'hidden';
  kvOnly: boolean;
  path: AttentionPath;
  rows: number;
  segments: readonly Segment[];
  /** Steps with equal keys run the same graph. */
  key: string;
}

function hiddenIn(pass: Pass, layer: number): Hidden[] {
  return (pass.hide ?? []).filter(({ layers, slots }) => layers[0] <= layer && layer < layers[1] && slots.length > 0);
}

function groupLayers(pass: Pass, sequence: KvSequence, from: number, to: number): Omit<LayerGroup, 'span'>[] {
  const groups: Omit<LayerGroup, 'span'>[] = [];
  for (let layer = from; layer < to; layer++) {
    const filled = sequence.length(layer);
    const hidden = pass.hide ? hiddenIn(pass, layer) : [];
    const last = groups.at(-1);
    const same =
      last?.filled === filled &&
      last.hidden.length === hidden.length &&
      hidden.every((entry, index) => entry === last.hidden[index]);
    if (last && same) last.to = layer + 1;
    else {
      const perHead = hidden.some(({ kvHeads }) => kvHeads !== undefined);
      groups.push({ from: layer, to: layer + 1, filled, hidden, perHead });
    }
  }
  return groups;
}

/**
 * Attention spans are whole buckets, so a graph serves many steps. All layers and sequences of a step get the slack
 * that the longest has to its bucket's end: they then outgrow their buckets in the same step, not one after the other
 * (with a KV budget that differs by layer, graphs were rebuilt 175 times in 200 tokens).
 */
function vtfSpans(segments: readonly Omit<Segment, 'groups'>[], groups: Omit<LayerGroup, 'span'>[][]): LayerGroup[][] {
  const round = (slots: number) => Math.ceil(slots / slotBucket) * slotBucket;
  const needed = (at: number, group: { filled: number }) => group.filled + (segments[at] as Segment).rows;
  const longest = Math.max(0, ...groups.flatMap((list, at) => list.map((group) => needed(at, group))));
  const slack = round(longest) - longest;
  return groups.map((list, at) =>
    list.map((group) => {
      const { slots } = (segments[at] as Segment).sequence.buffer;
      return { ...group, span: Math.min(slots, round(needed(at, group) + slack)) };
    }),
  );
}

function keyOf(step: Omit<Step, 'key'>): string {
  const flash = step.path === 'flash';
  const segments = step.segments.map(({ sequence, pass, rows, logits, groups }) => {
    const attention = pass.attention ? `${pass.attention.layers}x${Math.min(pass.attention.queries, rows)}` : '';
    const slots = groups.map(({ from, filled, span, perHead }) =>
      [from, span, perHead ? 'h' : '', flash ? filled : ''].join(':'),
    );
    const buffer = groups.length > 0 ? sequence.buffer.id : '';
    const candidates = pass.candidates ? `c${pass.candidates.length}` : '';
    return [buffer, rows, logits, pass.states ? 's' : '', candidates, attention, ...slots].join(' ');
  });
  return [step.from, step.to, step.input, step.kvOnly, step.path, ...segments].join('|');
}

type Member = { pass: Pass; index: number; sequence: KvSequence };

function createStep(batch: readonly Member[], shape: Shape, path: AttentionPath): Step {
  const { pass } = batch[0] as Member;
  const [from, to] = rangeOf(pass, shape);
  // The same sequences in another order run the same graph.
  const members = batch.length === 1 ? batch : [...batch].sort((a, b) => a.sequence.buffer.id - b.sequence.buffer.id);
  let rows = 0;
  const bare = members.map((member) => {
    const first = rows;
    const count = member.pass.positions.length;
    rows += count;
    return { ...member, first, rows: count, logits: member.pass.logits ?? 0 };
  });
  const groups = bare.map(({ pass, sequence }) => groupLayers(pass, sequence, from, to));
  const spans =
    path === 'vtf'
      ? vtfSpans(bare, groups)
      : groups.map((list) => list.map((group) => ({ ...group, span: group.filled + rows })));
  const segments = bare.map((segment, at) => ({ ...segment, groups: spans[at] as LayerGroup[] }));
  const step = {
    from,
    to,
    input: pass.tokens ? ('tokens' as const) : ('hidden' as const),
    kvOnly: pass.kvOnly ?? false,
    path,
    rows,
    segments,
  };
  return { ...step, key: keyOf(step) };
}

/**
 * Passes that agree on layers, kvOnly and kind of input share a step; a chunk of a prompt has a step of its own, so
 * that its bits do not depend on what else runs.
 */
export function planSteps(
  passes: readonly Pass[],
  sequences: readonly KvSequence[],
  shape: Shape,
  prefillPath: 'flash' | 'exact',
): Step[] {
  if (new Set(sequences).size !== sequences.length) {
    throw new TtcError('E_ARGUMENT', 'forward: a sequence may have one pass per call');
  }
  const batches = new Map<string, Member[]>();
  passes.forEach((pass, index) => {
    const [from, to] = rangeOf(pass, shape);
    const kind = `${from} ${to} ${pass.kvOnly ?? false} ${pass.tokens !== undefined}`;
    const name = pass.prefill ? `prefill ${index}` : kind;
    const batch = batches.get(name) ?? [];
    batch.push({ pass, index, sequence: sequences[index] as KvSequence });
    batches.set(name, batch);
  });
  return [...batches.values()].map((members) => {
    const flash = members[0]?.pass.prefill && prefillPath === 'flash';
    return createStep(members, shape, flash ? 'flash' : 'vtf');
  });
}
