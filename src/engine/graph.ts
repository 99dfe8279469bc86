/** Builds the ggml graph of a step and knows where its inputs and outputs lie in native memory. */
import type { Arena } from './arena.ts';
import { type Builder, createBuilder, indexType, multiply, normalise } from './builder.ts';
import { buildCandidates } from './candidates.ts';
import { type Ggml, type Pointer, tensorType } from './ffi.ts';
import { buildLayer, type GroupTensors, type Leaving, type Masses, type StepTensors } from './layer.ts';
import type { LayerGroup, Segment, Step } from './plan.ts';
import type { Shape } from './shape.ts';
import type { Weights } from './weights.ts';

/** Inputs of a layer group of one segment. */
export interface GroupMemory {
  slots: Int32Array;
  /** F32 on the path `vtf`, F16 bits on `flash`; empty where no attention runs. */
  mask: Float32Array | Uint16Array;
}

/** A placed graph: native views of its inputs and outputs. */
export interface Graph {
  readonly compute: Pointer;
  readonly nodes: number;
  readonly tokens: Int32Array;
  readonly hidden: Float32Array;
  readonly positions: Int32Array;
  /** Rows that get logits, where these are not all rows. */
  readonly headRows: Int32Array;
  readonly ones: readonly Float32Array[];
  readonly groups: readonly (readonly GroupMemory[])[];
  /** [head rows × vocabulary] */
  readonly logits: Float32Array;
  /** [rows × width] */
  readonly states: Float32Array;
  /** Per segment: candidate ids and their logits. */
  readonly candidates: readonly { ids: Int32Array; logits: Float32Array }[];
  /** Per segment and asked layer [kvHeads × span]. */
  readonly masses: readonly (readonly Float32Array[])[];
  free(): void;
}

function groupInputs(b: Builder, segment: Segment, { span, perHead }: LayerGroup): GroupTensors {
  const { shape, step } = b;
  const slots = b.input(indexType, segment.rows);
  if (step.kvOnly) return { slots };
  if (step.path === 'flash') {
    return { slots, mask: b.input(tensorType.F16, span, segment.rows, perHead ? shape.heads : 1) };
  }
  return { slots, mask: b.input(tensorType.F32, span, segment.rows, 1, perHead ? shape.kvHeads : 1) };
}

function stepInputs(b: Builder): StepTensors {
  const { ggml, shape, step } = b;
  const inputs: StepTensors = {
    positions: b.input(indexType, step.rows),
    groups: step.segments.map((segment) => segment.groups.map((group) => groupInputs(b, segment, group))),
  };
  if (step.segments.length > 1 && !step.kvOnly) {
    inputs.meeting = b.input(tensorType.F32, shape.heads * shape.headSize, step.rows);
    ggml.set_output(inputs.meeting);
  }
  return inputs;
}

/** Logits of the wanted rows. */
function buildHead(b: Builder, x: Pointer, rows: number, headRows: Pointer | undefined): Pointer {
  const { ggml, context, weights } = b;
  const chosen = headRows ? ggml.get_rows(context, x, headRows) : x;
  return b.output(multiply(b, weights.head, normalise(b, chosen, weights.headNorm), rows));
}

/** @throws E_MEMORY */
export function buildGraph(ggml: Ggml, shape: Shape, weights: Weights, step: Step, arena: Arena): Graph {
  const b = createBuilder(ggml, shape, weights, step);
  const { rows, segments } = step;
  const tokens = step.input === 'tokens' ? b.input(indexType, rows) : undefined;
  const hidden = tokens ? undefined : b.input(tensorType.F32, shape.width, rows);
  const entering = tokens ? ggml.get_rows(b.context, weights.embedding, tokens) : (hidden as Pointer);
  const inputs = step.to > step.from ? stepInputs(b) : undefined;
  const masses: Masses = segments.map(() => new Map());
  const logitRows = segments.reduce((sum, { logits }) => sum + logits, 0);
  const headRows = logitRows > 0 && logitRows < rows ? b.input(indexType, logitRows) : undefined;
  const all: Leaving = { rows };
  // Of the last layer only what the head reads is needed, unless somebody asked for its rows themselves.
  const onlyHead = step.to > step.from && !segments.some(({ pass }) => pass.states || pass.candidates);
  const last: Leaving = onlyHead ? { rows: logitRows, chosen: headRows } : all;
  let x = entering;
  for (let layer = step.from; inputs && layer < step.to; layer++) {
    x = buildLayer(b, layer, x, inputs, masses, layer === step.to - 1 ? last : all);
  }

  const states = segments.some(({ pass }) => pass.states) ? b.output(x) : undefined;
  const logits = logitRows > 0 ? buildHead(b, x, logitRows, onlyHead ? undefined : headRows) : undefined;
  const candidates = segments.map((segment) => buildCandidates(b, x, segment));

  try {
    arena.place(b.graph);
  } catch (error) {
    ggml.free(b.context);
    throw error;
  }
  function memory(tensor: Pointer | undefined): ArrayBuffer {
    if (!tensor) return new ArrayBuffer(0);
    const address = ggml.get_data(tensor);
    // An input that no operation uses, such as the positions of layers without rotation, has no place.
    return address ? ggml.view(address, ggml.nbytes(tensor)) : new ArrayBuffer(ggml.nbytes(tensor));
  }
  const floats = (tensor: Pointer | undefined) => new Float32Array(memory(tensor));
  const integers = (tensor: Pointer | undefined) => new Int32Array(memory(tensor));
  const Mask = step.path === 'flash' ? Uint16Array : Float32Array;
  return {
    compute: b.graph,
    nodes: ggml.graph_n_nodes(b.graph),
    tokens: integers(tokens),
    hidden: floats(hidden),
    positions: integers(inputs?.positions),
    headRows: integers(headRows),
    ones: b.onesUsed.map(floats),
    groups: (inputs?.groups ?? segments.map(() => [])).map((list) =>
      list.map(({ slots, mask }) => ({ slots: integers(slots), mask: new Mask(memory(mask)) })),
    ),
    logits: floats(logits),
    states: floats(states),
    candidates: candidates.map((own) => ({ ids: integers(own?.ids), logits: floats(own?.logits) })),
    masses: segments.map(({ pass }, at) =>
      (pass.attention?.layers ?? []).map((layer) => floats(masses[at]?.get(layer))),
    ),
    free: () => ggml.free(b.context),
  };
}
