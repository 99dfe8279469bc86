/** Writes a step's inputs into its graph's native memory. */
import type { Graph, GroupMemory } from './graph.ts';
import type { LayerGroup, Segment, Step } from './plan.ts';
import type { Shape } from './shape.ts';

const minusInfinityHalf = 0xfc00;

/** Row r of a segment sees slots 0 … filled + r, but for hidden ones; its own slot it always sees. */
function writeMask(memory: GroupMemory, group: LayerGroup, rows: number, shape: Shape): void {
  const { mask } = memory;
  const { span, filled, hidden } = group;
  const never = mask instanceof Uint16Array ? minusInfinityHalf : Number.NEGATIVE_INFINITY;
  const plane = span * rows;
  const planes = mask.length / plane;
  for (let row = 0; row < rows; row++) {
    const start = row * span;
    mask.fill(0, start, start + filled + row + 1);
    mask.fill(never, start + filled + row + 1, start + span);
  }
  for (let copy = 1; copy < planes; copy++) mask.copyWithin(copy * plane, 0, plane);
  for (const { slots, kvHeads } of hidden) {
    for (let at = 0; at < planes; at++) {
      const kvHead = Math.floor((at * shape.kvHeads) / planes);
      if (kvHeads && !kvHeads.includes(kvHead)) continue;
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < slots.length; i++) {
          const slot = slots[i] as number;
          if (slot !== filled + row) mask[at * plane + row * span + slot] = never;
        }
      }
    }
  }
}

function writeSegment(graph: Graph, step: Step, segment: Segment, at: number, shape: Shape): void {
  const { pass, first, rows } = segment;
  if (pass.tokens) graph.tokens.set(pass.tokens, first);
  if (pass.hidden) graph.hidden.set(pass.hidden, first * shape.width);
  if (pass.candidates) graph.candidates[at]?.ids.set(pass.candidates);
  if (step.to > step.from) graph.positions.set(pass.positions, first);
  segment.groups.forEach((group, index) => {
    const memory = graph.groups[at]?.[index] as GroupMemory;
    for (let row = 0; row < rows; row++) memory.slots[row] = group.filled + row;
    if (memory.mask.length > 0) writeMask(memory, group, rows, shape);
  });
}

export function writeInputs(graph: Graph, step: Step, shape: Shape): void {
  step.segments.forEach((segment, at) => {
    writeSegment(graph, step, segment, at, shape);
  });
  for (const ones of graph.ones) ones.fill(1);
  if (graph.headRows.length === 0) return;
  let place = 0;
  for (const { first, rows, logits } of step.segments) {
    for (let row = rows - logits; row < rows; row++) graph.headRows[place++] = first + row;
  }
}
