import type { Draw } from '../draw.ts';
import { firmKinds, firmNames, firstNames, industries, lastNames, places } from '../words.ts';
import type { Builder } from './builder.ts';
import type { Row } from './schema.ts';

export interface People {
  agents: readonly Row[];
  accounts: readonly Row[];
  /** Account Id → its contacts. */
  contacts: ReadonlyMap<string, readonly Row[]>;
}

const phone = (draw: Draw) => `555-${draw.between(1000, 9999)}`;

/** Users, territories of three states each, accounts with two contacts each. */
export function buildPeople(builder: Builder): People {
  const draw = builder.draw('people');
  const agents = Array.from({ length: 12 * builder.scale }, (_, i) => addAgent(builder, draw, i));
  addTerritories(builder, agents);
  const accounts = Array.from({ length: 60 * builder.scale }, (_, i) => addAccount(builder, draw, i));
  const contacts = new Map(
    accounts.map((account) => [
      account.Id,
      [addContact(builder, draw, account, agents), addContact(builder, draw, account, agents)],
    ]),
  );
  return { agents, accounts, contacts };
}

function addAgent({ add }: Builder, draw: Draw, index: number): Row {
  const [first, last] = [draw.pick(firstNames), draw.pick(lastNames)];
  const user = `${first}.${last}${index}`.toLowerCase();
  return add('User', {
    ...{ FirstName: first, LastName: last, Email: `${user}@desk.example`, Phone: phone(draw), Username: user },
    ...{ Alias: `${first[0]}${last.slice(0, 4)}`, LanguageLocaleKey: 'en_US', TimeZoneSidKey: 'America/Denver' },
  });
}

function addTerritories({ add }: Builder, agents: readonly Row[]): void {
  const names = ['South', 'Coast', 'Lakes', 'Hills'];
  const territories = names.map((name, i) =>
    add('Territory2', {
      Name: name,
      Description: [0, 1, 2].map((j) => (places[(i + 4 * j) % places.length] as (typeof places)[number])[1]).join(','),
    }),
  );
  agents.forEach((agent, i) => {
    add('UserTerritory2Association', { UserId: agent.Id, Territory2Id: (territories[i % 4] as Row).Id });
  });
}

function addAccount({ add }: Builder, draw: Draw, index: number): Row {
  const kind = draw.int(firmKinds.length);
  const [city, state] = draw.pick(places);
  const name = `${firmNames[index % firmNames.length]} ${firmKinds[kind]}${index < firmNames.length ? '' : ` ${index + 1}`}`;
  return add('Account', {
    ...{ Name: name, Phone: phone(draw), Industry: industries[kind] as string },
    ...{ Description: `${name} is a customer in ${city}.`, ShippingCity: city, ShippingState: state },
    NumberOfEmployees: draw.between(2, 90) * 10,
  });
}

function addContact({ add, rows }: Builder, draw: Draw, account: Row, agents: readonly Row[]): Row {
  const [first, last] = [draw.pick(firstNames), draw.pick(lastNames)];
  return add('Contact', {
    ...{ FirstName: first, LastName: last, AccountId: account.Id, OwnerId: draw.pick(agents).Id },
    Email: `${first}.${last}.${rows.Contact.length + 1}@client.example`.toLowerCase(),
  });
}
