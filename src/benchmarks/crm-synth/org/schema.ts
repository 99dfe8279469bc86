/** The 27 tables of the synthetic organisation: names and columns of CRMArena-Pro's, so that queries look alike. */
import type { ColumnType } from '../../crm-agent/write-database.ts';

const text = (names: string) => Object.fromEntries(names.split(' ').map((name) => [name, 'text'])) as Columns;
const whole = (names: string) => Object.fromEntries(names.split(' ').map((name) => [name, 'integer'])) as Columns;
type Columns = Record<string, ColumnType>;

export const schema = {
  User: text('Id FirstName LastName Email Phone Username Alias LanguageLocaleKey TimeZoneSidKey'),
  Account: {
    ...text('Id Name Phone Industry Description ShippingCity ShippingState'),
    ...whole('NumberOfEmployees'),
  },
  Contact: text('Id FirstName LastName Email AccountId OwnerId'),
  Case: text(
    'Id Priority Subject Description Status Channel ContactId AccountId OwnerId CreatedDate ClosedDate OrderItemId__c IssueId__c',
  ),
  CaseHistory__c: text('Id CaseId__c Field__c OldValue__c NewValue__c CreatedDate'),
  Issue__c: text('Id Name Description__c'),
  Knowledge__kav: text('Id Title Summary FAQ_Answer__c UrlName'),
  ProductCategory: text('Id Name CatalogId'),
  Product2: { ...text('Id Name Description External_ID__c'), ...whole('IsActive') },
  ProductCategoryProduct: text('Id ProductCategoryId ProductId'),
  Pricebook2: { ...text('Id Name Description ValidFrom ValidTo'), ...whole('IsActive') },
  PricebookEntry: { ...text('Id Pricebook2Id Product2Id'), ...whole('UnitPrice') },
  Order: text('Id AccountId Status EffectiveDate Pricebook2Id'),
  OrderItem: { ...text('Id OrderId Product2Id PricebookEntryId'), ...whole('Quantity UnitPrice') },
  EmailMessage: text('Id Subject TextBody ParentId FromAddress ToIds MessageDate'),
  LiveChatTranscript: text('Id CaseId AccountId ContactId OwnerId Body EndTime LiveChatVisitorId'),
  Lead: {
    ...text('Id FirstName LastName Email Phone Company Title Status OwnerId CreatedDate'),
    ...whole('IsConverted'),
    ...text('ConvertedDate ConvertedContactId ConvertedAccountId'),
  },
  Opportunity: {
    ...text('Id Name Description StageName'),
    ...whole('Probability Amount'),
    ...text('CreatedDate CloseDate AccountId ContactId OwnerId ContractID__c'),
  },
  OpportunityLineItem: {
    ...text('Id OpportunityId Product2Id PricebookEntryId'),
    ...whole('Quantity TotalPrice'),
  },
  Contract: {
    ...text('Id AccountId Status StartDate CustomerSignedDate CompanySignedDate'),
    ...whole('ContractTerm'),
    ...text('Description'),
  },
  Quote: text('Id OpportunityId AccountId ContactId Name Description Status CreatedDate ExpirationDate'),
  QuoteLineItem: {
    ...text('Id QuoteId OpportunityLineItemId Product2Id PricebookEntryId'),
    ...whole('Quantity UnitPrice Discount TotalPrice'),
  },
  Task: text('Id WhatId OwnerId Subject Description Status Priority ActivityDate'),
  Event: { ...text('Id WhatId OwnerId Subject StartDateTime'), ...whole('Duration') },
  VoiceCallTranscript__c: text('Id LeadId__c OpportunityId__c Body__c CreatedDate EndTime__c'),
  Territory2: text('Id Name Description'),
  UserTerritory2Association: text('Id UserId Territory2Id'),
} as const satisfies Record<string, Columns>;

export type TableName = keyof typeof schema;
export const tableNames = Object.keys(schema) as TableName[];

/** A value is text, a whole number, or null. */
export type Row = Readonly<Record<string, string | number | null>> & { readonly Id: string };
/** Tables as they are, or those rows of them that a prompt shows. */
export type Tables = Readonly<Record<TableName, readonly Row[]>>;

export const noRows = (): Record<TableName, Row[]> =>
  Object.fromEntries(tableNames.map((name) => [name, []])) as unknown as Record<TableName, Row[]>;
