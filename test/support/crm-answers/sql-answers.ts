/**
 * What is right, a second time: SQL over the records, written from the rules as a prompt tells them. It reads the
 * question as text, and shares no code with the generator.
 */
import { daysIn } from './period.ts';

export interface Asked {
  /** The question with all that the user adds. */
  text: string;
}

/** Rows of a query with named values. */
export type Run = (sql: string, values?: Record<string, string | number>) => Record<string, string | number | null>[];

const one = (rows: ReturnType<Run>): string[] => [rows[0] ? String(Object.values(rows[0])[0]) : 'None'];
const order = (text: string) => (/\bhighest\b/.test(text) ? 'desc' : 'asc');
const least = (text: string) => Number(/at least (\d+) of these cases/.exec(text)![1]);
const days = (text: string): Record<string, string> => ({ ...daysIn(text) });
const day = (column: string) => `substr(${column}, 1, 10)`;
const within = (column: string) => `${day(column)} >= :from and ${day(column)} < :to`;
const seconds = (column: string) => `cast(strftime('%s', substr(${column}, 1, 19)) as integer)`;
const found = (text: string, pattern: RegExp) => pattern.exec(text)![1]!;

const managed = `
  with inside as (select * from "Case" where ${within('CreatedDate')}),
  hands as (select * from CaseHistory__c where Field__c = 'Owner Assignment' and CaseId__c in (select Id from inside)),
  able as (select NewValue__c as agent from hands group by 1 having count(distinct CaseId__c) >= :least)`;

/** The product that a question names: the longest name that occurs in it. */
const productIn = (text: string, run: Run): string =>
  String(
    run('select Name from Product2 order by length(Name) desc').find(({ Name }) => text.includes(String(Name)))!.Name,
  );

const ofProduct = `
  select c.* from "Case" c join OrderItem i on i.Id = c.OrderItemId__c join Product2 p on p.Id = i.Product2Id
  where p.Name = :product and ${within('c.CreatedDate')}`;

const monthNames = 'January February March April May June July August September October November December'.split(' ');

export const sqlAnswers: Record<string, (asked: Asked, run: Run) => string[]> = {
  handle_time: ({ text }, run) =>
    one(
      run(
        `${managed},
        kept as (select CaseId__c from hands group by 1 having count(*) = 1)
        select OwnerId from inside where ClosedDate is not null and Id in (select CaseId__c from kept)
        and OwnerId in (select agent from able)
        group by OwnerId order by avg(${seconds('ClosedDate')} - ${seconds('CreatedDate')}) ${order(text)} limit 1`,
        { ...days(text), least: least(text) },
      ),
    ),
  transfer_count: ({ text }, run) =>
    one(
      run(
        `${managed}
        select agent from able left join hands on OldValue__c = agent
        group by agent order by count(OldValue__c) ${order(text)} limit 1`,
        { ...days(text), least: least(text) },
      ),
    ),
  best_region_identification: ({ text }, run) =>
    one(
      run(
        `select a.ShippingState from "Case" c join Account a on a.Id = c.AccountId
        where ClosedDate is not null and ${within('c.CreatedDate')}
        group by 1 order by avg(${seconds('ClosedDate')} - ${seconds('CreatedDate')}) limit 1`,
        days(text),
      ),
    ),
  top_issue_identification: ({ text }, run) =>
    one(
      run(`select IssueId__c from (${ofProduct}) group by 1 order by count(*) desc limit 1`, {
        ...days(text),
        product: productIn(text, run),
      }),
    ),
  monthly_trend_analysis: ({ text }, run) => {
    const [row] = run(
      `select cast(substr(CreatedDate, 6, 2) as integer) as month from (${ofProduct}) group by 1 order by count(*) desc limit 1`,
      { ...days(text), product: productIn(text, run) },
    );
    return [row ? monthNames[Number(row.month) - 1]! : 'None'];
  },
  sales_amount_understanding: ({ text }, run) =>
    one(
      run(
        `select o.OwnerId from Opportunity o join Contract c on c.Id = o.ContractID__c
        join OpportunityLineItem l on l.OpportunityId = o.Id join PricebookEntry e on e.Id = l.PricebookEntryId
        where ${within('c.CompanySignedDate')} group by 1 order by sum(l.Quantity * e.UnitPrice) ${order(text)} limit 1`,
        days(text),
      ),
    ),
  sales_cycle_understanding: ({ text }, run) =>
    one(
      run(
        `select o.OwnerId from Opportunity o join Contract c on c.Id = o.ContractID__c
        where ${within('c.CompanySignedDate')}
        group by 1 order by avg(julianday(c.CompanySignedDate) - julianday(${day('o.CreatedDate')})) ${order(text)} limit 1`,
        days(text),
      ),
    ),
  conversion_rate_comprehension: ({ text }, run) =>
    one(
      run(
        `select OwnerId from Lead where ${within('CreatedDate')}
        group by 1 order by avg(ConvertedDate is not null and ${within('ConvertedDate')}) ${order(text)} limit 1`,
        days(text),
      ),
    ),
  lead_routing: ({ text }, run) =>
    one(
      run(
        `select u.UserId from Territory2 t join UserTerritory2Association u on u.Territory2Id = t.Id
        where ',' || t.Description || ',' like '%,' || :state || ',%'
        order by (select count(*) from Quote q join Opportunity o on o.Id = q.OpportunityId
          where o.OwnerId = u.UserId and q.Status = 'Accepted' and ${within('q.CreatedDate')}) desc,
        (select count(*) from Lead l where l.OwnerId = u.UserId and l.IsConverted = 0) asc limit 1`,
        { ...days(text), state: found(text, /(?:from|in|state) ([A-Z]{2})\b/) },
      ),
    ),
  case_routing: ({ text }, run) =>
    one(
      run(
        `with product as (select i.Id from OrderItem i join Product2 p on p.Id = i.Product2Id where p.Name = :product)
        select OwnerId from "Case" group by 1 order by
        sum(Status = 'Closed' and IssueId__c = :issue) desc,
        sum(Status = 'Closed' and OrderItemId__c in (select Id from product)) desc,
        sum(Status <> 'Closed') asc limit 1`,
        { product: productIn(text, run), issue: issueIn(found(text, /"(.*)"/).replace(productIn(text, run), ''), run) },
      ),
    ),
  wrong_stage_rectification: ({ text }, run) => {
    const [row] = run(
      `select StageName as named, case
        when (select CompanySignedDate from Contract c where c.Id = ContractID__c) is not null then 'Closed'
        when exists (select 1 from Quote q where q.OpportunityId = o.Id and q.Status in ('In Review', 'Accepted')) then 'Negotiation'
        when exists (select 1 from Quote q where q.OpportunityId = o.Id) then 'Quote'
        when exists (select 1 from Event e where e.WhatId = o.Id) then 'Discovery'
        else 'Qualification' end as fitting
      from Opportunity o where Id = :id`,
      { id: found(text, /The opportunity is (\w+)/) },
    );
    return [row!.named === row!.fitting ? 'None' : String(row!.fitting)];
  },
  named_entity_disambiguation: ({ text }, run) => {
    const [, said, month, year] =
      /the ([A-Z]\w+(?: \w+)+?) (?:again )?that (?:I bought|we ordered|I got) in (\w+) (\d{4})/.exec(text)!;
    return one(
      run(
        `select p.Id from Contact k join "Order" o on o.AccountId = k.AccountId join OrderItem i on i.OrderId = o.Id
        join Product2 p on p.Id = i.Product2Id
        where k.Id = :contact and substr(o.EffectiveDate, 1, 7) = :month
        and p.Name in (:said || ' Basic', :said || ' Plus', :said || ' Max') limit 1`,
        {
          contact: found(text, /I am the contact (\w+)/),
          month: `${year}-${String(monthNames.indexOf(month!) + 1).padStart(2, '0')}`,
          said: said!,
        },
      ),
    );
  },
};

/** The issue that shares most words with a text; a word of a rare kind weighs more. */
function issueIn(text: string, run: Run): string {
  const wordsOf = (words: string) =>
    new Set(
      (words.toLowerCase().match(/[a-z]{3,}/g) ?? []).map((word) => word.slice(0, 5)).filter((word) => !dull.has(word)),
    );
  const issues = run('select Id, Name, Description__c from Issue__c').map(({ Id, Name, Description__c }) => ({
    id: String(Id),
    words: wordsOf(`${Name} ${Description__c}`),
  }));
  const said = wordsOf(text);
  const score = (words: Set<string>) =>
    [...words]
      .filter((word) => said.has(word))
      .reduce((sum, word) => sum + 1 / issues.filter((issue) => issue.words.has(word)).length, 0);
  return issues.reduce((best, issue) => (score(issue.words) > score(best.words) ? issue : best)).id;
}
const dull = new Set('the and not our that was has from for its too device than one ther with does'.split(' '));
