/** What is said in sales: factors of a lead, topics of a call, tasks of a stage. */
import type { Factor } from './org.ts';

export const stages = ['Qualification', 'Discovery', 'Quote', 'Negotiation', 'Closed'] as const;
export type Stage = (typeof stages)[number];

/** A factor with a number: `{n}`, dollars or months. Without: what is said where it is met, and where it is not. */
export const factorWords: Readonly<Record<Factor, { met: readonly string[]; unmet: readonly string[] }>> = {
  Budget: {
    met: [
      'We have {n} dollars set aside for this.',
      'Our budget for it is {n} dollars.',
      'We may spend up to {n} dollars.',
    ],
    unmet: [
      'We have {n} dollars set aside for this.',
      'Our budget for it is {n} dollars.',
      'We may spend up to {n} dollars.',
    ],
  },
  Authority: {
    met: ['I sign such contracts on my own.', 'The decision is mine alone.', 'Nobody but me has to approve it.'],
    unmet: [
      'My director has to sign such contracts.',
      'The decision is made by our board.',
      'I only collect offers for my manager, who decides.',
    ],
  },
  Need: {
    met: [
      'Our present devices fail every week.',
      'We have no device for this job at all.',
      'Without new devices our work stands still.',
    ],
    unmet: [
      'Our present devices do all that we need.',
      'We only look around out of interest.',
      'There is nothing wrong with what we have.',
    ],
  },
  Timeline: {
    met: [
      'We want to start in {n} months.',
      'The devices should be in use {n} months from now.',
      'We plan to buy in {n} months.',
    ],
    unmet: [
      'We want to start in {n} months.',
      'The devices should be in use {n} months from now.',
      'We plan to buy in {n} months.',
    ],
  },
};
export const factors = Object.keys(factorWords) as Factor[];
/** Dollars at least, months at most. */
export const leadLimits = { budget: 5000, months: 6 } as const;

export const smallTalk = [
  'The traffic was bad this morning.',
  'Your fair stand looked nice.',
  'Our canteen has a new cook.',
  'I have a call at noon.',
  'We moved to the third floor.',
  'The summer was dry here.',
] as const;

/** Topics, each with what a content and what a worried customer says. */
export const topicWords: Readonly<Record<string, { positive: readonly string[]; negative: readonly string[] }>> = {
  'price and payment': {
    positive: ['The price is fair for us.', 'Paying in three parts suits us well.'],
    negative: ['The price is far too high for us.', 'We cannot live with the terms of payment.'],
  },
  'training of staff': {
    positive: ['Our staff learned it in a day.', 'The training was great.'],
    negative: ['Our staff would need weeks to learn it.', 'The training was a waste of time.'],
  },
  'data protection': {
    positive: ['Our lawyer is pleased with how data are kept.', 'Data protection is well solved.'],
    negative: ['Our lawyer fears for our data.', 'Data protection is a weak point.'],
  },
  'delivery time': {
    positive: ['The delivery time is short enough.', 'It came two days early.'],
    negative: ['The delivery time is much too long.', 'It came three weeks late.'],
  },
  'support after the sale': {
    positive: ['Your support picked up at once.', 'We like how your support works.'],
    negative: ['Your support never called back.', 'We worry about support after the sale.'],
  },
  'battery life': {
    positive: ['The battery holds a whole day.', 'Nobody complained about the battery.'],
    negative: ['The battery is empty by noon.', 'The battery hardly holds an hour.'],
  },
  'noise level': {
    positive: ['It is so quiet that we forget it.', 'The noise is no issue at all.'],
    negative: ['The noise drives our staff mad.', 'It is louder than our old one.'],
  },
  'spare parts': {
    positive: ['Spare parts were here the next day.', 'You have every spare part in stock.'],
    negative: ['Spare parts are never in stock.', 'One spare part cost us half a device.'],
  },
  'contract length': {
    positive: ['The length of the contract suits us.', 'We like that the contract ends yearly.'],
    negative: ['Nobody here will sign for so many years.', 'The contract runs too long for us.'],
  },
  'user manual': {
    positive: ['The manual is clear and short.', 'All answers stood in the manual.'],
    negative: ['The manual is a riddle to us.', 'Half of the manual is missing.'],
  },
  'mobile app': {
    positive: ['The app is a joy to use.', 'Our drivers love the app.'],
    negative: ['The app crashes twice a day.', 'The app does not run on our phones.'],
  },
  'fit with other systems': {
    positive: ['It works with our other systems.', 'Linking it to our systems was easy.'],
    negative: ['It does not work with our other systems.', 'Linking it to our systems failed twice.'],
  },
};
export const topics: readonly string[] = Object.keys(topicWords);
export const competitors = [
  'Ostara Devices',
  'Bellwick',
  'Trionet',
  'Halden Works',
  'Quentra',
  'Novessa',
  'Palimar',
  'Zephyr Tools',
] as const;
export const competitorWords = [
  '{competitor} has made us an offer as well.',
  'We also talk with {competitor}.',
  'A colleague would rather buy from {competitor}.',
] as const;

/** How the subject of a task begins, by stage; nothing begins like another. */
export const taskSubjects: Readonly<Record<Stage, readonly string[]>> = {
  Qualification: ['Research the firm', 'Send a first mail', 'Call for the first time', 'Check the credit rating'],
  Discovery: ['Interview the users', 'Visit the site', 'Write down the needs', 'Show a demo'],
  Quote: ['Draft the quote', 'Check the prices', 'Send the quote', 'Explain the quote'],
  Negotiation: ['Discuss the terms', 'Prepare a counter offer', 'Settle the discount', 'Review the contract text'],
  Closed: ['Hand over to service', 'Send the contract', 'Plan the delivery', 'Thank the customer'],
};
