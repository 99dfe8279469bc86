/** The organisation as an SQLite file, written when the first query comes and removed at the end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openQueries, type Queries } from '../../crm-agent/open-queries.ts';
import { writeDatabase } from '../../crm-agent/write-database.ts';
import { buildOrg } from './build-org.ts';
import type { OrgSize } from './org.ts';
import { schema } from './schema.ts';

export interface OrgDatabase extends AsyncDisposable {
  queries(): Promise<Queries>;
}

export function openOrgDatabase(size: OrgSize, seed: number): OrgDatabase {
  let opened: Promise<{ folder: string; queries: Queries }> | undefined;
  return {
    async queries() {
      opened ??= open(size, seed);
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

async function open(size: OrgSize, seed: number): Promise<{ folder: string; queries: Queries }> {
  const folder = await mkdtemp(join(tmpdir(), 'ttcbench-crm-'));
  const file = join(folder, 'org.db');
  await writeDatabase(file, schema, buildOrg(size, seed).tables);
  return { folder, queries: openQueries(file) };
}
