/** Runs planned steps on the native side: the only place where a graph computes. */
import { milliseconds, type Output, processCpu, TtcError } from '../core/index.ts';
import { type Arena, createArena } from './arena.ts';
import type { Spent } from './charge.ts';
import type { Ggml, Pointer } from './ffi.ts';
import { buildGraph, type Graph } from './graph.ts';
import { createGraphCache, type GraphCache } from './graph-cache.ts';
import { writeInputs } from './inputs.ts';
import type { Step } from './plan.ts';
import { readOutputs } from './read-outputs.ts';
import type { Shape } from './shape.ts';
import type { Weights } from './weights.ts';

export interface Runner extends Disposable {
  readonly arena: Arena;
  readonly graphs: GraphCache;
  /**
   * Runs a step and advances its sequences.
   * @param lasting outputs are copies that survive the next step
   * @throws E_MEMORY, E_NATIVE; the sequences are then as before
   */
  run(step: Step, lasting: boolean): { outputs: Output[]; spent: Spent };
}

/** The head alone reads no cache. */
const buffersOf = ({ segments }: Step) =>
  segments.filter(({ groups }) => groups.length > 0).map(({ sequence }) => sequence.buffer.id);

/** Wall time and CPU time of this process from now on. */
function stopwatch(): () => { wallMs: number; cpuMs: number } {
  const started = milliseconds();
  const cpu = processCpu();
  return () => ({ wallMs: milliseconds() - started, cpuMs: processCpu() - cpu });
}

export function createRunner(
  ggml: Ggml,
  shape: Shape,
  weights: Weights,
  backend: Pointer,
  bufferType: Pointer,
): Runner {
  const arena = createArena(ggml, bufferType);
  const graphs = createGraphCache();

  function compute(graph: Graph, step: Step): void {
    writeInputs(graph, step, shape);
    const status = graph.nodes > 0 ? ggml.backend_graph_compute(backend, graph.compute) : 0;
    if (status !== 0) throw new TtcError('E_NATIVE', `ggml could not compute a pass: status ${status}`);
    for (const { sequence, rows } of step.segments) sequence.advance(rows, step.from, step.to);
  }

  return {
    arena,
    graphs,
    run(step, lasting) {
      let built = { wallMs: 0, cpuMs: 0 };
      const build = () => {
        const spent = stopwatch();
        const graph = buildGraph(ggml, shape, weights, step, arena);
        built = spent();
        return graph;
      };
      const graph = graphs.get({ key: step.key, buffers: buffersOf(step) }, build, () => arena.generation);
      const spent = stopwatch();
      compute(graph, step);
      const outputs = readOutputs(graph, step, shape, lasting);
      return { outputs, spent: { ...spent(), graphMs: built.wallMs, graphCpuMs: built.cpuMs } };
    },
    [Symbol.dispose]() {
      graphs[Symbol.dispose]();
      arena[Symbol.dispose]();
    },
  };
}
