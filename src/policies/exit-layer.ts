/** Where tokens leave, and what that must bring to pay. */
import { type ModelShape, TtcError } from '../core/index.ts';

export interface ExitLayer {
  exit_layer: number;
  /** Depth that exit_layer counts in; null: the model's own. */
  of_layers: number | null;
}

/**
 * round(exit_layer / of_layers × layers), at least 1; exit_layer itself without of_layers.
 * @throws E_POLICY for an absolute layer that the model does not have
 */
export function exitLayerOf({ exit_layer, of_layers }: ExitLayer, layers: number): number {
  if (of_layers !== null) return Math.max(1, Math.round((exit_layer / of_layers) * layers));
  if (exit_layer <= layers) return exit_layer;
  throw new TtcError('E_POLICY', `exit_layer ${exit_layer} of a model with ${layers} layers`, {
    help: 'lower it, or give of_layers to scale it',
  });
}

/** Weights that an exit behind `exitLayer` spares, and those of the head. */
export function exitWeights(shape: ModelShape, exitLayer: number): { layers: number; head: number } {
  const { width, heads, kvHeads, headSize, feedForward, vocabulary } = shape;
  const layer = 2 * width * headSize * (heads + kvHeads) + 3 * width * feedForward;
  return { layers: (shape.layers - exitLayer) * layer, head: vocabulary * width };
}

/**
 * Share of checks that must end in an exit for early exit to cost nothing, in weights read: every check costs a head,
 * an exit spares layers and the head behind the last one: head / (layers + head).
 * K and V of the skipped layers, 4 to 7 % of them in the models we know, are left out.
 */
export function breakEvenExitRate(shape: ModelShape, exitLayer: number): number {
  const { layers, head } = exitWeights(shape, exitLayer);
  return head / (layers + head);
}
