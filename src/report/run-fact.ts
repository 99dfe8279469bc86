/** One thing that a reader may want to know of how a report came about. Texts may come from outside. */
export interface RunFact {
  name: string;
  value: string;
  /** To be shown in a fixed width: commands, hashes. */
  isCode?: boolean;
}

/** A heading and what stands below it: versions, machine, model, seeds. */
export interface FactGroup {
  title: string;
  facts: readonly RunFact[];
}
