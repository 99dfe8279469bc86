import type { QuoteTask } from './tasks.ts';

/** Eight sources with a question that one or two of their sentences answer. Names, numbers and firms are invented. */
export const quoteTasks: readonly QuoteTask[] = [
  {
    id: 'quote-return-policy',
    source:
      'You may return an article within 30 days after delivery. The article must be unused and in its original box. We pay the return of faulty articles; in all other cases the customer pays for the parcel. The refund reaches your account within five working days after we received the article. Gift cards and earrings cannot be returned. For questions write to returns@larch.example.',
    question: 'How long does a refund take?',
    answer: 'The refund reaches your account within five working days after we received the article.',
  },
  {
    id: 'quote-router-article',
    source:
      'The Sparrow router has four network sockets and one socket for a telephone. A blinking orange light means that the router looks for a new version of its software. To reset the router, press a pin into the small hole next to the power switch for fifteen seconds. The password of the wireless network is printed on the bottom of the case. Up to 60 devices can be connected at the same time. The router should not stand behind a television.',
    question: 'How can I reset the router?',
    answer: 'To reset the router, press a pin into the small hole next to the power switch for fifteen seconds.',
  },
  {
    id: 'quote-customer-mail',
    source:
      'Hello, I have used your accounting software for two years and I am mostly happy with it. Since the update of last week the monthly report shows every invoice twice. I have already restarted the program and my computer. I need the report before Friday because my tax adviser waits for it. My version is 8.2 and I work on a laptop. Thank you for your help, Nadia Ferrante',
    question: 'What problem does the customer report?',
    answer: 'Since the update of last week the monthly report shows every invoice twice.',
  },
  {
    id: 'quote-call-notes',
    source:
      'Call with Oliver Stone of Bluebird Travel on Monday. He liked the demo and said that the calendar is much clearer than in their present tool. His main concern is that the data would be stored outside of Europe. The price is fine for him as long as it stays below 900 euros a month. His team has 14 people and works in two offices. He wants to hear from us before the end of the week.',
    question: 'What is the main concern of the customer?',
    answer: 'His main concern is that the data would be stored outside of Europe.',
  },
  {
    id: 'quote-lease-terms',
    source:
      'The lease of the copier starts on 1 September and runs for 36 months. The monthly rate is 74 euros and includes 2,000 pages. Every further page costs 1.2 cents. Toner and repairs are included, paper is not. The customer may end the lease early by paying three monthly rates. At the end the customer may buy the copier for 250 euros.',
    question: 'What does it cost to end the lease early?',
    answer: 'The customer may end the lease early by paying three monthly rates.',
  },
  {
    id: 'quote-travel-rules',
    source:
      'Employees book trains and hotels through the travel desk. Trips by plane need the approval of the head of the department. A hotel may cost up to 130 euros a night, in capital cities up to 170 euros. Taxis are paid only between ten in the evening and six in the morning. Receipts must be handed in within two weeks after the trip. Private days before or after a trip are allowed at your own cost.',
    question: 'When are taxis paid?',
    answer: 'Taxis are paid only between ten in the evening and six in the morning.',
  },
  {
    id: 'quote-product-recall',
    source:
      'We recall all Bramble kettles that were sold between January and April. In some of them the handle can come loose when the kettle is full. Please stop using the kettle at once. You find the number of the kettle on the bottom plate; numbers from K400 to K580 are affected. Bring the kettle to any of our shops and you get a new one or your money back. We are sorry for the trouble.',
    question: 'Why is the kettle recalled?',
    answer: 'In some of them the handle can come loose when the kettle is full.',
  },
  {
    id: 'quote-handover-mail',
    source:
      'Dear Amira, I am on leave from tomorrow, so here is the state of my accounts. Cobalt Mining has signed and waits for its first invoice. Larkspur School asked for a longer trial, and I promised an answer by Wednesday. Fennel Foods is unhappy because two technicians did not come. Please do not offer them another discount; they already have 15 percent. The files of all accounts are in the shared folder. Thanks, Benedikt',
    question: 'Why is Fennel Foods unhappy?',
    answer: 'Fennel Foods is unhappy because two technicians did not come.',
  },
];
