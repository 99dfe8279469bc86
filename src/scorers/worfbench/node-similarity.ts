import { normalisedReadings } from '../normalise-answer.ts';
import { type Reading, readingFor } from '../read-alike.ts';
import { wordOverlap } from '../token-f1.ts';
import { maximumWeightMatching } from './matching.ts';

/** Similarities of predicted (rows) and gold nodes (columns), START and END included, in [0, 1]. */
export type SimilarityMatrix = readonly (readonly number[])[];

/** Pairs at or below it are no candidates for a match. */
export const similarityThreshold = 0.6;

/**
 * Where no encoder is at hand: token F1 of the node texts. Label such scores `lexical`, never mix them with others. What
 * would vanish of a gold node stays, as in `tokenF1`.
 */
export function lexicalSimilarity(predicted: readonly string[], gold: readonly string[]): number[][] {
  const readings = gold.map((node) => readingFor(node, normalisedReadings));
  const columns = gold.map((node, column) => (readings[column] as Reading)(node));
  const rowsBy = new Map([...new Set(readings)].map((read) => [read, predicted.map(read)]));
  return predicted.map((_, row) =>
    columns.map((column, at) => wordOverlap(rowsBy.get(readings[at] as Reading)?.[row] ?? [], column).f1),
  );
}

/** Large enough to decide ties, small enough to decide nothing else: see `matchNodes`. */
const orderBonus = 1e-9;

/**
 * Matches predicted nodes to gold nodes: maximum total similarity over pairs above the threshold. Repeated texts make
 * ties; a bonus of 1e-9·i·j on the pair of the i-th and the j-th node prefers matches that keep the order.
 *
 * @param rows, columns indices into `similarity`, in the order of the two lists that are matched
 * @returns for each position in `rows` a position in `columns`, or −1
 */
export function matchNodes(
  similarity: SimilarityMatrix,
  rows: readonly number[],
  columns: readonly number[],
): number[] {
  const weights = rows.map((row, i) =>
    columns.map((column, j) => {
      const value = similarity[row]?.[column] ?? 0;
      return value > similarityThreshold ? value + orderBonus * i * j : 0;
    }),
  );
  return maximumWeightMatching(weights);
}
