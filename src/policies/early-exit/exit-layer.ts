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
 * Weights that an exit after `exitLayer` saves, and those of the head. With `propagate` the skipped layers still run the
 * product that gives Q, K and V, so that part is not counted as saved. Where several rows wait they share one reading of
 * it, so the real saving is a little larger. `backfill` runs the skipped layers in a pass that another token needs anyway.
 */
export function exitWeights(
  shape: ModelShape,
  exitLayer: number,
  kv: 'propagate' | 'backfill',
): { layers: number; head: number } {
  const { layer, queryKeyValue, head } = weightsOf(shape);
  return { layers: (shape.layers - exitLayer) * (kv === 'propagate' ? layer - queryKeyValue : layer), head };
}
