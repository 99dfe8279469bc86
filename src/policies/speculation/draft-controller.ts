/** Pauses drafting while it does not pay. */
export interface DraftController {
  mayDraft(): boolean;
  observe(drafted: number, accepted: number): void;
}

/**
 * Counts drafted tokens until there are at least `window` of them. If a smaller share than `threshold` was accepted,
 * nothing is drafted for `pause` steps. Either way counting starts again from 0. The window is counted in tokens and not
 * in steps, so that long and short drafts weigh alike.
 */
export function createController(threshold: number, { window = 16, pause = 8 } = {}): DraftController {
  let drafted = 0;
  let accepted = 0;
  let resting = 0;
  return {
    mayDraft: () => resting === 0,
    observe(newDrafted, newAccepted) {
      if (resting > 0) {
        resting--;
        return;
      }
      drafted += newDrafted;
      accepted += newAccepted;
      if (drafted < window) return;
      if (accepted < threshold * drafted) resting = pause;
      drafted = 0;
      accepted = 0;
    },
  };
}
