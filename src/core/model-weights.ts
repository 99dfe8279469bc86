import type { ModelShape } from './engine.ts';

export interface ModelWeights {
  /** Of one layer: attention and feed-forward. */
  layer: number;
  /** Of one layer's product that gives Q, K and V together, which runs whole where only K and V are wanted. */
  queryKeyValue: number;
  head: number;
  /** Of all layers and the head. */
  all: number;
}

/** Numbers of weights in the matrices that rows are multiplied with; norms, biases and embedding are left out. */
export function weightsOf(shape: ModelShape): ModelWeights {
  const { width, heads, kvHeads, headSize, feedForward, vocabulary, layers } = shape;
  const queryKeyValue = width * headSize * (heads + 2 * kvHeads);
  const layer = queryKeyValue + width * headSize * heads + 3 * width * feedForward;
  const head = vocabulary * width;
  return { layer, queryKeyValue, head, all: layers * layer + head };
}
