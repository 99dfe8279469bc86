import type { Quote, QuoteTask } from './tasks.ts';

const hall: Quote = {
  sentences: [
    'The swimming hall is open from seven in the morning until nine in the evening.',
    'Children under twelve swim for free, but an adult has to be with them.',
    'Towels can be rented at the front desk for two euros and a small deposit.',
    'The sauna on the second floor is closed in August because it gets a new stove.',
  ],
  question: 'Where can towels be rented?',
  answer: 'Towels can be rented at the front desk for two euros and a small deposit.',
};

const blender: Quote = {
  sentences: [
    'Hello, I am Peter Lund from Malmo and I have been a customer of your shop since 2019.',
    'The blender that I bought in March makes a loud noise and smells of smoke after one minute.',
    'I still have the receipt and the box with all of its parts.',
    'Can you tell me how to send the blender back to you?',
  ],
  question: 'What is wrong with the blender?',
  answer: 'The blender that I bought in March makes a loud noise and smells of smoke after one minute.',
};

const shown = [hall, blender];

/** Eight texts of four sentences, one of which answers a question. Names, numbers and firms are invented. */
export const quoteTasks: readonly QuoteTask[] = [
  {
    id: 'quote-return-policy',
    shown,
    asked: {
      sentences: [
        'You may return an article within 30 days if it is unused and still in its original box.',
        'The customer pays for the parcel unless the article is faulty or was damaged on its way.',
        'The refund reaches your account within five working days after the parcel arrived in our warehouse in the south of Lund.',
        'Gift cards, earrings, and articles made to measure cannot be returned.',
      ],
      question: 'When does the refund reach my account?',
      answer:
        'The refund reaches your account within five working days after the parcel arrived in our warehouse in the south of Lund.',
    },
  },
  {
    id: 'quote-router-article',
    shown,
    asked: {
      sentences: [
        'The Sparrow router has four network sockets and one socket for a telephone on its back.',
        'The orange light means that the router is looking for a new version of its software and must not be switched off.',
        'The password of the wireless network is printed on the bottom of the router next to the serial number.',
        'Up to 60 devices can be connected to the router at the same time.',
      ],
      question: 'What does the orange light mean?',
      answer:
        'The orange light means that the router is looking for a new version of its software and must not be switched off.',
    },
  },
  {
    id: 'quote-customer-mail',
    shown,
    asked: {
      sentences: [
        'I have used your accounting software for two years and I am mostly happy with it.',
        'Since the update of last week, the monthly report shows every invoice twice and the sums are wrong.',
        'I have already restarted the program and my computer, but nothing has changed.',
        'I need the report before Friday because my tax adviser is waiting for it.',
      ],
      question: 'What is wrong with the monthly report?',
      answer: 'Since the update of last week, the monthly report shows every invoice twice and the sums are wrong.',
    },
  },
  {
    id: 'quote-call-notes',
    shown,
    asked: {
      sentences: [
        'Oliver Stone of Bluebird Travel liked the demo and said that the calendar is much clearer than in their present tool.',
        'The price is fine for him as long as it stays below 900 euros a month for the whole team.',
        'He wants to hear from us again before the end of the week.',
        'His main concern is that the data of his customers would be stored outside of Europe by a third company.',
      ],
      question: 'What is his main concern?',
      answer:
        'His main concern is that the data of his customers would be stored outside of Europe by a third company.',
    },
  },
  {
    id: 'quote-lease-terms',
    shown,
    asked: {
      sentences: [
        'The lease of the copier starts on the first of September and runs for three years.',
        'The monthly rate is 74 euros and includes toner, repairs, and 2,000 printed pages.',
        'The customer can end the lease early by paying three monthly rates in one sum and sending the copier back.',
        'At the end of the lease, the customer may buy the copier for 250 euros.',
      ],
      question: 'How can the customer end the lease early?',
      answer:
        'The customer can end the lease early by paying three monthly rates in one sum and sending the copier back.',
    },
  },
  {
    id: 'quote-product-recall',
    shown,
    asked: {
      sentences: [
        'We recall all Bramble kettles that were sold in our shops between January and April.',
        'The handle of the kettles can come loose when the kettle is full of hot water and is lifted quickly.',
        'The number of the kettle is printed on its bottom plate and starts with the letter K.',
        'Bring the kettle to any of our shops and you get a new one or your money back.',
      ],
      question: 'What can happen to the handle?',
      answer: 'The handle of the kettles can come loose when the kettle is full of hot water and is lifted quickly.',
    },
  },
  {
    id: 'quote-handover-mail',
    shown,
    asked: {
      sentences: [
        'Cobalt Mining has signed the contract and is waiting for its first invoice, which should be sent on Monday.',
        'Larkspur School asked for a longer trial, and I promised them an answer by Wednesday.',
        'Fennel Foods is unhappy because two technicians did not come to the kitchen on the agreed day in May.',
        'The files of all accounts are in the shared folder of the sales team.',
      ],
      question: 'Why is Fennel Foods unhappy?',
      answer: 'Fennel Foods is unhappy because two technicians did not come to the kitchen on the agreed day in May.',
    },
  },
  {
    id: 'quote-visit-notes',
    shown,
    asked: {
      sentences: [
        'Quarry Bakery runs three ovens of the old series and bakes for twelve shops in the town.',
        'The owner wants to replace the smallest oven because it uses too much gas and is too small for the new bread.',
        'A competitor has offered a new oven for 18,500 euros without any service.',
        'Her son Emil is going to decide in July after a visit to our show room.',
      ],
      question: 'Why does the owner want to replace the smallest oven?',
      answer:
        'The owner wants to replace the smallest oven because it uses too much gas and is too small for the new bread.',
    },
  },
];
