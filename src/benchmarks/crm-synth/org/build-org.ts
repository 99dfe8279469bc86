/** The synthetic organisation: latent facts first, then the rows that show them. The same size and seed give the same rows everywhere. */
import { buildCatalogue } from './build-catalogue.ts';
import { buildPeople } from './build-people.ts';
import { buildSales } from './build-sales.ts';
import { buildService } from './build-service.ts';
import { createBuilder } from './builder.ts';
import { type Org, type OrgSize, orgSizes } from './org.ts';

export function buildOrg(size: OrgSize, seed: number): Org {
  const builder = createBuilder(seed, orgSizes[size]);
  const people = buildPeople(builder);
  const catalogue = buildCatalogue(builder);
  const concessions = buildService(builder, people, catalogue);
  const { unmet, insights } = buildSales(builder, people, catalogue);
  const tables = builder.rows;
  return {
    ...{ tables, unmet, insights, concessions },
    byId: new Map(Object.values(tables).flatMap((rows) => rows.map((row) => [row.Id, row] as const))),
    policies: catalogue.policies,
    facts: catalogue.facts,
  };
}
