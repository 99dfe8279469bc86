/** Where tokens leave, and what that must bring to pay. */
import { type ModelShape, TtcError, weightsOf } from '../../core/index.ts';

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

/**
 * Weights that an exit behind `exitLayer` spares, and those of the head. `propagate` runs the product of Q, K and V of
 * the skipped layers all the same; where several rows wait for it they share the reading, so a bit more is spared.
 * `backfill` runs the skipped layers in a pass that another token needs anyway.
 */
export function exitWeights(
  shape: ModelShape,
  exitLayer: number,
  kv: 'propagate' | 'backfill',
): { layers: number; head: number } {
  const { layer, queryKeyValue, head } = weightsOf(shape);
  return { layers: (shape.layers - exitLayer) * (kv === 'propagate' ? layer - queryKeyValue : layer), head };
}
