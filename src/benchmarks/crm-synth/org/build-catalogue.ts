import type { Draw } from '../draw.ts';
import { drawFact, type Fact, factNames, fillers } from '../text/facts.ts';
import { devices, editions, series } from '../words.ts';
import type { Builder } from './builder.ts';
import { issueKinds } from './issues.ts';
import { drawPolicy, type Policy, type PolicyKind, policyRules } from './policies.ts';
import type { Row } from './schema.ts';

export interface Product {
  row: Row;
  /** `Lumo desk lamp`. */
  base: string;
  edition: (typeof editions)[number];
  entry: Row;
  price: number;
}

export interface Catalogue {
  products: readonly Product[];
  issues: readonly Row[];
  pricebook: Row;
  policies: ReadonlyMap<string, Policy>;
  facts: ReadonlyMap<string, readonly Fact[]>;
}

/** Categories, products in three editions with prices, kinds of issues, and articles: rules, and facts about products. */
export function buildCatalogue(builder: Builder): Catalogue {
  const draw = builder.draw('catalogue');
  const issues = issueKinds.map(({ name, description }) =>
    builder.add('Issue__c', { Name: name, Description__c: description }),
  );
  const pricebook = builder.add('Pricebook2', {
    ...{
      Name: 'Standard',
      Description: 'Prices for everybody',
      IsActive: 1,
      ValidFrom: '2021-01-01',
      ValidTo: '2024-12-31',
    },
  });
  const bases = draw
    .some(
      series.flatMap((name) => devices.map((device) => ({ name, device }))),
      builder.scale === 1 ? 6 : builder.scale === 4 ? 20 : 60,
    )
    .map(({ name, device }) => ({ base: `${name} ${device}`, device }));
  const categories = new Map(
    devices.map((device) => [device, builder.add('ProductCategory', { Name: device, CatalogId: 'main' })]),
  );
  const products = bases.flatMap(({ base, device }) =>
    editions.map((edition) =>
      addProduct(builder, draw, { base, edition, category: categories.get(device) as Row, pricebook }),
    ),
  );
  return { products, issues, pricebook, policies: addPolicies(builder, draw), facts: addFacts(builder, draw, bases) };
}

function addProduct(
  { add, rows }: Builder,
  draw: Draw,
  about: { base: string; edition: Product['edition']; category: Row; pricebook: Row },
): Product {
  const { base, edition, category, pricebook } = about;
  const row = add('Product2', {
    ...{ Name: `${base} ${edition}`, Description: `The ${base} in the edition ${edition}`, IsActive: 1 },
    External_ID__c: `P-${rows.Product2.length + 1}`,
  });
  add('ProductCategoryProduct', { ProductCategoryId: category.Id, ProductId: row.Id });
  const price = draw.between(4, 30) * 20;
  const entry = add('PricebookEntry', { Pricebook2Id: pricebook.Id, Product2Id: row.Id, UnitPrice: price });
  return { row, base, edition, entry, price };
}

const urlOf = (title: string) => title.toLowerCase().replaceAll(' ', '-');

function addPolicies({ add }: Builder, draw: Draw): Map<string, Policy> {
  const kinds = draw.shuffled(Object.keys(policyRules) as PolicyKind[]);
  return new Map(
    kinds.map((kind) => {
      const policy = drawPolicy(draw, kind);
      const { title, answer } = policy;
      const summary = `Rule of the company: ${title}`;
      return [
        add('Knowledge__kav', { Title: title, Summary: summary, FAQ_Answer__c: answer, UrlName: urlOf(title) }).Id,
        policy,
      ];
    }),
  );
}

function addFacts({ add }: Builder, draw: Draw, bases: readonly { base: string }[]): Map<string, Fact[]> {
  return new Map(
    bases.map(({ base }) => {
      const facts = draw.some(factNames, 8).map((name) => drawFact(draw, name, base));
      const sentences = draw.shuffled([...facts.map(({ sentence }) => sentence), ...draw.some(fillers, 3)]);
      const article = add('Knowledge__kav', {
        ...{ Title: `About the ${base}`, Summary: `Facts about the ${base}`, UrlName: urlOf(`about ${base}`) },
        FAQ_Answer__c: sentences.join(' '),
      });
      return [article.Id, facts];
    }),
  );
}
