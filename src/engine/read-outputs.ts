/** Cuts a step's native outputs into those of its passes. */
import type { Output } from '../core/index.ts';
import type { Graph } from './graph.ts';
import type { LayerGroup, Segment, Step } from './plan.ts';
import type { Shape } from './shape.ts';

const none = new Float32Array(0);

/** Mass [kvHeads × span] without the padding after the filled slots. */
function trim(mass: Float32Array, span: number, filled: number, kvHeads: number): Float32Array {
  if (span === filled) return mass;
  const trimmed = new Float32Array(kvHeads * filled);
  for (let head = 0; head < kvHeads; head++) {
    trimmed.set(mass.subarray(head * span, head * span + filled), head * filled);
  }
  return trimmed;
}

function attentionOf(segment: Segment, masses: readonly Float32Array[], shape: Shape): Float32Array[] {
  return (segment.pass.attention?.layers ?? []).map((layer, at) => {
    const group = segment.groups.find(({ from, to }) => from <= layer && layer < to) as LayerGroup;
    return trim(masses[at] as Float32Array, group.span, group.filled + segment.rows, shape.kvHeads);
  });
}

const candidatesOf = (graph: Graph, segment: number) => graph.candidates[segment]?.logits ?? none;

/**
 * Outputs of a step's passes, in the order of its segments.
 * @param lasting copies, because another graph will run before they are read
 */
export function readOutputs(graph: Graph, step: Step, shape: Shape, lasting: boolean): Output[] {
  const cut = (values: Float32Array, from: number, length: number) =>
    lasting ? values.slice(from, from + length) : values.subarray(from, from + length);
  let logitRow = 0;
  return step.segments.map((segment, at) => {
    const { first, rows, logits, pass } = segment;
    const output = {
      logits: logits > 0 ? cut(graph.logits, logitRow * shape.vocabulary, logits * shape.vocabulary) : none,
      states: pass.states ? cut(graph.states, first * shape.width, rows * shape.width) : none,
      candidates: lasting ? candidatesOf(graph, at).slice() : candidatesOf(graph, at),
      attention: attentionOf(segment, graph.masses[at] ?? [], shape).map((mass) => (lasting ? mass.slice() : mass)),
    };
    logitRow += logits;
    return output;
  });
}
