/** The seam between a chat attempt and the wire: undici in production, a cassette on replay, bytes in tests. */
import type { Headers } from './timings.ts';

export interface WireRequest {
  method: 'GET' | 'POST';
  origin: string;
  path: string;
  /** Names and values in turn. */
  headers: readonly string[];
  body?: string;
  /** What a cassette files the answer under. */
  tag?: () => string;
}

/** What happens to a request, in this order; `at` is `process.hrtime.bigint()`, taken before anything else is done. */
export interface Receiver {
  sent(at: bigint): void;
  /** The request waited so many milliseconds for a connection that was opened for it. */
  connected?(milliseconds: number): void;
  /** The idle connection was closed before a byte of the answer: the request goes out again, and is `sent` again. */
  resent?(): void;
  head(status: number, headers: Headers, at: bigint): void;
  data(chunk: Buffer, at: bigint): void;
  end(at: bigint): void;
  fail(error: Error, at: bigint): void;
}

export interface Exchange {
  abort(): void;
}

export interface TransportStats {
  requests: number;
  /** Sockets opened. About the concurrency where sockets are reused. */
  connections: number;
  /** Requests that went out again because the server had closed the idle socket they were sent on. */
  resent?: number;
  /** Requests that had to wait for a file handle, or found none: times of such a session are the client's own. */
  outOfFiles?: number;
}

export interface Transport {
  send(request: WireRequest, receiver: Receiver): Exchange;
  stats(): TransportStats;
  close(): Promise<void>;
}
