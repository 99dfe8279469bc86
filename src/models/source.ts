import type { ModelFile } from './catalogue.ts';

export interface Progress {
  bytes: number;
  total: number;
  /** A URL, or the command that fetches. */
  source: string;
}

export interface PullOptions {
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Sentences for the user, such as why a source was left for the next one. */
  onNote?: (sentence: string) => void;
  /** Milliseconds until a server has to begin its answer (default 8,000), and that it may be silent (default 30,000). */
  answerTimeout?: number;
  silenceTimeout?: number;
}

/** A place a model can come from. */
export interface Source {
  name: string;
  /** Fetches the files in order, calls `accept` with each one's path and removes what is left. `accept` throws on wrong content. */
  fetch(
    files: readonly ModelFile[],
    place: PullOptions & { folder: string },
    accept: (path: string, file: ModelFile) => Promise<void>,
  ): Promise<void>;
}
