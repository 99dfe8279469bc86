/** The kinds of trouble that customers report, and words in which they do. */
export interface IssueKind {
  name: string;
  description: string;
  /** Each holds words of the name or the description, so that a reader can tell the issue. */
  reports: readonly string[];
}

export const issueKinds: readonly IssueKind[] = [
  {
    name: 'No power',
    description: 'The device does not start or turns itself off.',
    reports: [
      'does not start at all',
      'turns itself off after a minute',
      'gets no power from the plug',
      'will not start since the power cut',
    ],
  },
  {
    name: 'Loud noise',
    description: 'The device hums, rattles or whistles.',
    reports: ['makes a loud noise', 'hums all day long', 'rattles when it runs', 'whistles with a noise like a kettle'],
  },
  {
    name: 'Water leak',
    description: 'Water drips or leaks from the housing.',
    reports: [
      'leaks water on the floor',
      'drips from the housing',
      'has a water leak at the seal',
      'left a puddle of water',
    ],
  },
  {
    name: 'Overheating',
    description: 'The device gets too hot to touch.',
    reports: [
      'gets too hot to touch',
      'is overheating again',
      'becomes hot within minutes',
      'stopped because it got too hot',
    ],
  },
  {
    name: 'Lost connection',
    description: 'The device loses the signal of the network.',
    reports: [
      'loses the signal every hour',
      'has no connection to the network',
      'loses the network connection',
      'lost its connection twice today',
    ],
  },
  {
    name: 'Wrong item',
    description: 'Another product than the one ordered came in the parcel.',
    reports: [
      'came as the wrong item',
      'is another product than we ordered',
      'was not in the parcel, a wrong item was',
      'is not the product we ordered',
    ],
  },
  {
    name: 'Late delivery',
    description: 'The parcel did not arrive in time.',
    reports: [
      'did not arrive in time',
      'is a late delivery again',
      'is still on its way, much too late',
      'has a delivery that is a week late',
    ],
  },
  {
    name: 'Invoice error',
    description: 'The invoice shows a wrong sum or was sent twice.',
    reports: [
      'has an invoice with a wrong sum',
      'is on two invoices by error',
      'shows an error on the invoice',
      'has an invoice that was sent twice',
    ],
  },
  {
    name: 'Locked login',
    description: 'The user cannot log in, or the password is refused.',
    reports: [
      'does not let me log in',
      'refuses my password',
      'has locked my login',
      'says that the password is wrong when I log in',
    ],
  },
  {
    name: 'Missing part',
    description: 'A cable, a screw or a cover is missing from the box.',
    reports: [
      'came with its cable missing',
      'has a missing cover',
      'lacks a screw in the box',
      'has a part missing from the box',
    ],
  },
];

export const caseOpenings = [
  'Hello, the {product} that we bought {report}.',
  'Good morning, our {product} {report}.',
  'Dear team, the {product} on my desk {report}.',
  'I am sorry to say that the {product} {report}.',
  'Please help: the {product} {report}.',
  'We noticed on Monday that the {product} {report}.',
  'Since last week the {product} {report}.',
  'My colleague tells me that the {product} {report}.',
] as const;
export const caseClosings = [
  'What shall we do?',
  'Please call me back.',
  'We need it for a client.',
  'I tried the manual already.',
  'It is used every day here.',
  'Thank you for a quick answer.',
  'We never wrote to you before.',
  'Our office is open until six.',
] as const;
