/** lead_qualification, wrong_stage_rectification, activity_priority: where a lead or a deal stands. */
import type { Factor } from '../org/org.ts';
import { leadLimits, type Stage, stages, taskSubjects } from '../org/sales-words.ts';
import type { Row, Tables } from '../org/schema.ts';
import { type Family, type Gold, idsOf, none, rowsWith, valuesOf } from './family.ts';
import { orNone, worded } from './wording.ts';

interface LeadParams {
  lead: string;
  /** Factors that are not met, as the call tells. */
  unmet: readonly Factor[];
}

export const leadQualification: Family<LeadParams> = {
  name: 'lead_qualification',
  persona: 'employee',
  answer: 'factors',
  hasNone: true,
  columns: { Lead: ['Id', 'FirstName', 'LastName'], VoiceCallTranscript__c: ['LeadId__c', 'Body__c'] },
  rules: `A lead is qualified if four factors are met in the call with the lead (LeadId__c). Budget: at least ${leadLimits.budget} dollars. Authority: the speaker decides alone. Need: the present devices do not do the job. Timeline: a start within ${leadLimits.months} months.`,
  sample(org, draw, isNone) {
    const lead = draw.pick(org.tables.Lead).Id;
    const unmet = org.unmet.get(lead) ?? [];
    return (unmet.length === 0) === isNone ? { lead, unmet } : undefined;
  },
  focus({ tables }, { lead }, { size, draw }) {
    const leads = new Set([lead, ...idsOf(draw.some(tables.Lead, size < 12 ? 1 : Math.floor(size / 6)))]);
    return {
      Lead: rowsWith(tables.Lead, 'Id', leads),
      VoiceCallTranscript__c: rowsWith(tables.VoiceCallTranscript__c, 'LeadId__c', leads),
    };
  },
  gold: (_, { unmet }) => (unmet.length === 0 ? none : { answers: unmet, isClear: true }),
  ask: ({ lead }, draw) => ({
    question: worded(
      draw,
      [
        'Is this lead qualified? If not, which of Budget, Authority, Need and Timeline are not met?',
        'Which of Budget, Authority, Need and Timeline stand against this lead?',
        'Which factors among Budget, Authority, Need and Timeline does this lead fail?',
      ],
      {},
    ),
    details: [
      `The lead is ${lead}.`,
      'Answer with the names of the factors that are not met.',
      'If all are met, answer None.',
    ],
  }),
};

interface DealParams {
  opportunity: string;
}

/** The last stage for which there is evidence. */
function stageOf(tables: Tables, { Id, ContractID__c }: Row): Stage {
  const contract = tables.Contract.find((row) => row.Id === ContractID__c);
  if (contract?.CompanySignedDate) return 'Closed';
  const quotes = tables.Quote.filter((row) => row.OpportunityId === Id);
  if (quotes.some(({ Status }) => Status === 'In Review' || Status === 'Accepted')) return 'Negotiation';
  if (quotes.length > 0) return 'Quote';
  return tables.Event.some((row) => row.WhatId === Id) ? 'Discovery' : 'Qualification';
}

export const wrongStage: Family<DealParams> = {
  name: 'wrong_stage_rectification',
  persona: 'employee',
  answer: 'stage',
  hasNone: true,
  columns: {
    ...{ Opportunity: ['Id', 'StageName', 'ContractID__c'], Contract: ['Id', 'CompanySignedDate'] },
    ...{ Quote: ['Id', 'OpportunityId', 'Status'], Event: ['Id', 'WhatId', 'Subject'] },
  },
  rules:
    'The right stage of an opportunity is the first of these that fits. Closed: its contract has a CompanySignedDate. Negotiation: a quote of it has the status In Review or Accepted. Quote: it has a quote. Discovery: an event took place for it (WhatId). Qualification: none of these.',
  sample: (org, draw) => ({ opportunity: draw.pick(org.tables.Opportunity).Id }),
  focus({ tables }, { opportunity }, { size, draw }) {
    const deals = new Set([opportunity, ...idsOf(draw.some(tables.Opportunity, Math.floor(size / 2)))]);
    const Opportunity = rowsWith(tables.Opportunity, 'Id', deals);
    return {
      ...{ Opportunity, Contract: rowsWith(tables.Contract, 'Id', valuesOf(Opportunity, 'ContractID__c')) },
      Quote: rowsWith(tables.Quote, 'OpportunityId', deals),
      Event: rowsWith(tables.Event, 'WhatId', deals),
    };
  },
  gold(tables, { opportunity }) {
    const row = tables.Opportunity.find(({ Id }) => Id === opportunity) as Row;
    const stage = stageOf(tables, row);
    return stage === row.StageName ? none : { answers: [stage], isClear: true };
  },
  ask: ({ opportunity }, draw) => ({
    question: worded(
      draw,
      [
        'Is the stage of this opportunity right? If not, which one should it have?',
        'Which stage should this opportunity have instead of the one on record?',
        'Does the stage on record fit this opportunity? If not, name the right one.',
      ],
      {},
    ),
    details: [
      `The opportunity is ${opportunity}.`,
      `Answer with the right stage, one of ${stages.join(', ')}.`,
      'If the stage on record is right, answer None.',
    ],
  }),
};

const guide = stages.map((stage) => `${stage}: ${taskSubjects[stage].join(', ')}.`).join(' ');

function openTasks(tables: Tables, opportunity: string): Gold {
  const { StageName } = tables.Opportunity.find(({ Id }) => Id === opportunity) as Row;
  const subjects = taskSubjects[StageName as Stage];
  const fitting = tables.Task.filter(
    ({ WhatId, Status, Subject }) =>
      WhatId === opportunity &&
      Status !== 'Completed' &&
      subjects.some((subject) => String(Subject).startsWith(subject)),
  );
  return fitting.length === 0 ? none : { answers: [...idsOf(fitting)], isClear: true };
}

export const activityPriority: Family<DealParams> = {
  name: 'activity_priority',
  persona: 'employee',
  answer: 'ids',
  hasNone: true,
  columns: { Opportunity: ['Id', 'StageName'], Task: ['Id', 'WhatId', 'Subject', 'Status'] },
  rules: `Each stage of an opportunity has tasks that come first while it is in that stage (StageName). Their subjects begin with these words. ${guide} Tasks with the status Completed are done.`,
  sample: (org, draw) => ({ opportunity: draw.pick(org.tables.Opportunity).Id }),
  focus({ tables }, { opportunity }, { size, draw }) {
    const deals = new Set([opportunity, ...idsOf(draw.some(tables.Opportunity, size < 12 ? 0 : Math.ceil(size / 8)))]);
    return { Opportunity: rowsWith(tables.Opportunity, 'Id', deals), Task: rowsWith(tables.Task, 'WhatId', deals) };
  },
  gold: (tables, { opportunity }) => openTasks(tables, opportunity),
  ask: ({ opportunity }, draw) => ({
    question: worded(
      draw,
      [
        'Which tasks of this opportunity come first in its present stage and are still to be done?',
        'What open tasks belong to the present stage of this opportunity?',
        'Which tasks should be worked on now, given the stage of this opportunity?',
      ],
      {},
    ),
    details: [`The opportunity is ${opportunity}.`, 'Answer with the Ids of the tasks and nothing else.', orNone],
  }),
};
