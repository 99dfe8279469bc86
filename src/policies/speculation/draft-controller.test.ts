import { describe, expect, it } from 'vitest';
import { createController } from './draft-controller.ts';

/** Steps of four drafts of which so many are right: whether each step could draft. */
function mayDraft(threshold: number, right: readonly number[]): boolean[] {
  const controller = createController(threshold);
  return right.map((accepted) => {
    const may = controller.mayDraft();
    controller.observe(may ? 4 : 0, may ? accepted : 0);
    return may;
  });
}
const steps = (count: number, value: boolean) => new Array<boolean>(count).fill(value);

describe('the draft controller', () => {
  it('pauses for eight steps when fewer than the threshold of sixteen drafts were right, then looks again', () => {
    const right = [4, 2, 2, 1, ...new Array(8).fill(4), 4, 4];
    expect(mayDraft(0.6, right)).toEqual([...steps(4, true), ...steps(8, false), true, true]);
  });

  it('goes on at the threshold itself', () => {
    expect(mayDraft(0.5, [2, 2, 2, 2, 2, 2, 2, 2])).toEqual(steps(8, true));
    expect(mayDraft(0.5, [2, 2, 2, 1, 0])).toEqual([...steps(4, true), false]);
  });

  it('judges sixteen drafts by themselves, not by what went before', () => {
    const right = [4, 4, 4, 4, 1, 1, 1, 1, 0];
    expect(mayDraft(0.6, right)).toEqual([...steps(8, true), false]);
  });

  it('never pauses at a threshold of 0', () => {
    expect(mayDraft(0, new Array(20).fill(0))).toEqual(steps(20, true));
  });
});
