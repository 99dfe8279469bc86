/** Where the names of points go: near them, upon nothing. */
import { type Box, boxOf, type Label, overlap } from './scene.ts';

export interface Point {
  x: number;
  y: number;
  label: Omit<Label, 'x' | 'y' | 'anchor'>;
}

export interface PlacedLabel {
  label: Label;
  /** From the point to a label that stands apart from it. */
  leader?: { x1: number; y1: number; x2: number; y2: number };
}

const directions = [
  [1, 0, 'start'],
  [-1, 0, 'end'],
  [0.8, -0.8, 'start'],
  [0.8, 0.8, 'start'],
  [-0.8, -0.8, 'end'],
  [-0.8, 0.8, 'end'],
  [0, -1.2, 'middle'],
  [0, 1.2, 'middle'],
] as const;
const distances = [10, 16, 24, 34, 46, 60, 78, 100, 130, 165];
/** From here on a line tells whose the label is. */
const apart = 20;

/**
 * Greedy, in the order given. A label never covers another one, a dot, or the frame's edge; it covers a line only where
 * there is no other place near. A label without any place is left out.
 */
export function placeLabels(points: readonly Point[], lines: readonly Box[], frame: Box): PlacedLabel[] {
  const dots = points.map(({ x, y }): Box => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 }));
  const placed: PlacedLabel[] = [];
  for (const point of points) {
    const taken = [...dots, ...placed.map(({ label }) => boxOf(label))];
    const best = candidates(point)
      .filter(({ label }) => fits(boxOf(label), frame, taken))
      .map((candidate) => ({ ...candidate, cost: candidate.distance + costOf(boxOf(candidate.label), lines) }))
      .sort((a, b) => a.cost - b.cost)[0];
    if (!best) continue;
    const { label, distance } = best;
    placed.push({ label, ...(distance >= apart && { leader: leaderTo(point, label) }) });
  }
  return placed;
}

const candidates = ({ x, y, label }: Point) =>
  distances.flatMap((distance) =>
    directions.map(([dx, dy, anchor], i) => ({
      label: { ...label, anchor, x: x + dx * distance, y: y + dy * distance } as Label,
      distance,
      // Sides first.
      order: i,
    })),
  );

const fits = (box: Box, frame: Box, taken: readonly Box[]) =>
  box.left >= frame.left &&
  box.right <= frame.right &&
  box.top >= frame.top &&
  box.bottom <= frame.bottom &&
  !taken.some((other) => overlap(box, other));

const costOf = (box: Box, lines: readonly Box[]) => 14 * lines.filter((line) => overlap(box, line)).length;

function leaderTo({ x, y }: Point, label: Label) {
  const { left, right } = boxOf(label);
  const x2 = label.anchor === 'start' ? left - 2 : label.anchor === 'end' ? right + 2 : label.x;
  const y2 = label.anchor === 'middle' ? label.y + (label.y > y ? -7 : 7) : label.y;
  return { x1: x, y1: y, x2, y2 };
}

/** Ends of lines, from top to bottom: moved apart until none touches, as near to their lines as that allows. */
export function spreadOut(wanted: readonly number[], pitch: number, top: number, bottom: number): number[] {
  const order = wanted.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y || a.i - b.i);
  const places = order.map(({ y }) => y);
  for (let i = 0; i < places.length; i++)
    places[i] = Math.max(places[i] as number, i === 0 ? top : (places[i - 1] as number) + pitch);
  for (let i = places.length - 1; i >= 0; i--)
    places[i] = Math.min(places[i] as number, i === places.length - 1 ? bottom : (places[i + 1] as number) - pitch);
  const result: number[] = [];
  order.forEach(({ i }, place) => {
    result[i] = places[place] as number;
  });
  return result;
}
