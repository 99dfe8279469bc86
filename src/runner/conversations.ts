import type { Job } from '../core/index.ts';
import { conversationOf } from './ask.ts';

export interface Conversations {
  begin(job: Job): void;
  end(id: string): void;
}

/** Trials of several policies hold the same conversation: it is over with the last of those that are on their way. */
export function countConversations(over: (id: string) => void): Conversations {
  const open = new Map<string, number>();
  return {
    begin(job) {
      const id = conversationOf(job);
      open.set(id, (open.get(id) ?? 0) + 1);
    },
    end(id) {
      const left = (open.get(id) ?? 0) - 1;
      if (left > 0) open.set(id, left);
      else if (open.delete(id)) over(id);
    },
  };
}
