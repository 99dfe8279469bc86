import { describe, expect, it, vi } from 'vitest';
import { fork, onAbort } from './fork.ts';
import { createMeter } from './meter.ts';

describe('onAbort', () => {
  it('calls each follower once, with the reason', () => {
    const controller = new AbortController();
    const [first, second] = [vi.fn(), vi.fn()];
    onAbort(controller.signal, first);
    onAbort(controller.signal, second);
    expect(first).not.toHaveBeenCalled();
    controller.abort('enough');
    controller.abort('again');
    expect(first.mock.calls).toEqual([['enough']]);
    expect(second.mock.calls).toEqual([['enough']]);
  });

  it('does not call a follower that left', () => {
    const controller = new AbortController();
    const [left, stays] = [vi.fn(), vi.fn()];
    const leave = onAbort(controller.signal, left);
    onAbort(controller.signal, stays);
    leave();
    controller.abort();
    expect(left).not.toHaveBeenCalled();
    expect(stays).toHaveBeenCalledOnce();
  });

  it('lets one follower take out another that was to come', () => {
    const controller = new AbortController();
    const [next, last] = [vi.fn(), vi.fn()];
    onAbort(controller.signal, () => leave());
    const leave = onAbort(controller.signal, next);
    onAbort(controller.signal, last);
    controller.abort();
    expect(next).not.toHaveBeenCalled();
    expect(last).toHaveBeenCalledOnce();
  });
});

describe('fork', () => {
  const contextOf = (signal: AbortSignal) => ({ signal, meter: createMeter() });

  it("aborts with its parent's reason, before or after the fork", () => {
    const controller = new AbortController();
    using early = fork(contextOf(controller.signal));
    expect(early.signal.aborted).toBe(false);
    const reason = new Error('enough');
    controller.abort(reason);
    using late = fork(contextOf(controller.signal));
    expect(early.signal.reason).toBe(reason);
    expect(late.signal.reason).toBe(reason);
  });

  it('leaves its parent alone when it aborts', () => {
    const controller = new AbortController();
    using branch = fork(contextOf(controller.signal));
    branch.abort('only this');
    expect(branch.signal.reason).toBe('only this');
    expect(controller.signal.aborted).toBe(false);
  });

  it('reaches those that follow it and its own branches, once, also when it is disposed', () => {
    const branch = fork(contextOf(new AbortController().signal));
    const child = fork(branch);
    const followers = [vi.fn(), vi.fn()];
    onAbort(branch.signal, followers[0] as (reason: unknown) => void);
    onAbort(child.signal, followers[1] as (reason: unknown) => void);
    branch[Symbol.dispose]();
    branch.abort('again');
    const { reason } = branch.signal;
    expect(reason).toMatchObject({ code: 'E_ABORTED' });
    expect(child.signal.reason).toBe(reason);
    expect(followers.map((follower) => follower.mock.calls)).toEqual([[[reason]], [[reason]]]);
  });

  it('reaches the others where one that follows throws, and the error is uncaught', () => {
    const later = vi.fn<(task: () => void) => void>();
    vi.stubGlobal('queueMicrotask', later);
    const controller = new AbortController();
    const branches = [1, 2, 3].map(() => fork(contextOf(controller.signal)));
    const broken = new Error('a follower of its own');
    onAbort((branches[0] as { signal: AbortSignal }).signal, () => {
      throw broken;
    });
    controller.abort();
    vi.unstubAllGlobals();
    expect(branches.map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
    expect(later).toHaveBeenCalledOnce();
    expect(later.mock.calls[0]?.[0]).toThrow(broken);
  });

  it("leaves its parent's followers when it is disposed", () => {
    const controller = new AbortController();
    const reached = vi.spyOn(AbortController.prototype, 'abort');
    const branch = fork(contextOf(controller.signal));
    branch[Symbol.dispose]();
    expect(branch.signal.reason).toMatchObject({ code: 'E_ABORTED' });
    reached.mockClear();
    controller.abort();
    expect(reached.mock.contexts).toEqual([controller]);
    reached.mockRestore();
  });
});
