import type { DuckDBConnection } from './open-database.ts';

/** A table that is made from `trials`. */
export interface Mart {
  /** Its name in SQL, and what `export --of` takes. */
  name: string;
  /** One sentence. */
  about: string;
  /** Makes a view or a table of that name on a connection. @param runs run folders, their rows up to date */
  create(connection: DuckDBConnection, runs: readonly string[]): Promise<void>;
}
