/** The organisation as an SQLite file, written when the first query comes and removed at the end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openQueries, type Queries } from '../../crm-agent/open-queries.ts';
import { writeDatabase } from '../../crm-agent/write-database.ts';
import type { Org } from './org.ts';
import { schema } from './schema.ts';

export interface OrgDatabase extends AsyncDisposable {
  queries(): Promise<Queries>;
}

export function openOrgDatabase(org: () => Org): OrgDatabase {
  let opened: Promise<{ folder: string; queries: Queries }> | undefined;
  return {
    async queries() {
      opened ??= open(org());
      return (await opened).queries;
    },
    async [Symbol.asyncDispose]() {
      if (!opened) return;
      const { folder, queries } = await opened;
      await queries[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function open({ tables }: Org): Promise<{ folder: string; queries: Queries }> {
  const folder = await mkdtemp(join(tmpdir(), 'ttcbench-crm-'));
  const file = join(folder, 'org.db');
  await writeDatabase(file, schema, tables);
  return { folder, queries: openQueries(file) };
}
