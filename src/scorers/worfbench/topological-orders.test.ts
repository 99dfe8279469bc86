import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topologicalOrders } from './topological-orders.ts';

type Edges = [number, number][];

/** All orders of 0 … size−1 that respect the edges, by trying every permutation. */
function bruteForce(size: number, edges: Edges): string[] {
  const permute = (rest: number[]): number[][] =>
    rest.length === 0
      ? [[]]
      : rest.flatMap((node) => permute(rest.filter((other) => other !== node)).map((tail) => [node, ...tail]));
  const respects = (order: number[]) => edges.every(([from, to]) => order.indexOf(from) < order.indexOf(to));
  return permute(Array.from({ length: size }, (_, node) => node))
    .filter(respects)
    .map(String);
}

const graph = fc.integer({ min: 1, max: 6 }).chain((size) => {
  const node = fc.integer({ min: 0, max: size - 1 });
  return fc.record({ size: fc.constant(size), edges: fc.array(fc.tuple(node, node), { maxLength: 8 }) });
});

describe('topological orders', () => {
  it('start from the highest index', () => {
    expect(topologicalOrders(2, [], 20)).toEqual([
      [1, 0],
      [0, 1],
    ]);
    // START forks to 1 and 2, which join in END
    expect(
      topologicalOrders(
        4,
        [
          [0, 1],
          [0, 2],
          [1, 3],
          [2, 3],
        ],
        20,
      ),
    ).toEqual([
      [0, 2, 1, 3],
      [0, 1, 2, 3],
    ]);
  });

  it('are every order once, and none for a cycle', () => {
    fc.assert(
      fc.property(graph, ({ size, edges }) => {
        const orders = topologicalOrders(size, edges, 1000).map(String);
        expect(orders.toSorted()).toEqual(bruteForce(size, edges).toSorted());
      }),
    );
  });

  it('stop at the limit', () => {
    expect(topologicalOrders(9, [], 20)).toHaveLength(20);
    expect(topologicalOrders(9, [], 20)).toEqual(topologicalOrders(9, [], 40).slice(0, 20));
  });

  it('collapse duplicate edges', () => {
    expect(
      topologicalOrders(
        3,
        [
          [0, 1],
          [0, 1],
          [1, 2],
        ],
        20,
      ),
    ).toEqual([[0, 1, 2]]);
  });
});
