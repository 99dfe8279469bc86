import { describe, expect, it } from 'vitest';
import { createGate } from './gate.ts';

describe('a gate', () => {
  it('lets in what runs and waits, all answers of a request or none', () => {
    const gate = createGate(2, 3);
    expect([gate.enter(4), gate.enter(2), gate.enter(1), gate.enter(1)]).toEqual([true, false, true, false]);
    expect([gate.inside, gate.waiting]).toEqual([5, 3]);
    gate.leave(4, 1);
    expect([gate.inside, gate.waiting, gate.enter(4)]).toEqual([1, 0, true]);
  });

  it('says a time that grows with the queue and with how long answers take', () => {
    const gate = createGate(2, 100);
    gate.enter(2);
    expect(gate.retryAfter()).toBe(1);
    gate.leave(1, 4);
    gate.enter(9);
    expect(gate.retryAfter()).toBe(16);
    gate.enter(90);
    expect(gate.retryAfter()).toBe(60);
  });

  it('tells when it is empty', async () => {
    const gate = createGate(1, 1);
    await gate.empty();
    gate.enter(2);
    let isEmpty = false;
    const told = gate.empty().then(() => {
      isEmpty = true;
    });
    gate.leave(1, 1);
    await Promise.resolve();
    expect(isEmpty).toBe(false);
    gate.leave(1, 1);
    await told;
    expect(isEmpty).toBe(true);
  });
});
