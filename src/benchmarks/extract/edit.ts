import type { Edit, EditTask } from './tasks.ts';

const order: Edit = {
  record: { order: 815, item: 'blue tent', amount: 2, paid: 'no', customer: 'Lime Studio', city: 'Ghent' },
  field: 'amount',
  value: 5,
};

/** Eight records in which one field gets another value. Names, numbers and firms are invented. */
export const editTasks: readonly EditTask[] = [
  {
    id: 'edit-order-quantity',
    format: 'json',
    shown: order,
    asked: {
      record: {
        order: 9021,
        customer: 'Villa Rossa Hotel',
        item: 'garden chair',
        quantity: 8,
        color: 'white',
        delivery: '2031-06-05',
        payment: 'invoice',
      },
      field: 'quantity',
      value: 12,
    },
  },
  {
    id: 'edit-account-phone',
    format: 'xml',
    shown: order,
    asked: {
      record: {
        account: 'Pinewood Dental',
        owner: 'Carla Jimenez',
        phone: '555-0142',
        city: 'Porto',
        industry: 'health care',
        plan: 'silver',
        employees: 38,
        open_cases: 2,
      },
      field: 'phone',
      value: '555-0199',
    },
  },
  {
    id: 'edit-opportunity-amount',
    format: 'json',
    shown: order,
    asked: {
      record: {
        name: 'New ovens for Quarry Bakery',
        account: 'Quarry Bakery',
        stage: 'proposal',
        amount: 18500,
        close_date: '2031-07-15',
        competitor: 'Hotstone',
        owner: 'Jonas',
      },
      field: 'amount',
      value: 17900,
    },
  },
  {
    id: 'edit-case-status',
    format: 'xml',
    shown: order,
    asked: {
      record: {
        case: 20418,
        customer: 'Amber Logistics',
        product: 'Falcon scanner',
        topic: 'battery',
        status: 'open',
        agent: 'Ravi',
        opened: '2031-02-14',
      },
      field: 'status',
      value: 'closed',
    },
  },
  {
    id: 'edit-ticket-priority',
    format: 'json',
    shown: order,
    asked: {
      record: {
        ticket: 7781,
        subject: 'Printer does not start',
        customer: 'Maple Clinic',
        priority: 'normal',
        queue: 'hardware',
        language: 'English',
        created: '2031-03-09',
      },
      field: 'priority',
      value: 'urgent',
    },
  },
  {
    id: 'edit-agent-region',
    format: 'xml',
    shown: order,
    asked: {
      record: {
        agent: 'Amira Haddad',
        team: 'support',
        region: 'north',
        skills: 'billing, returns',
        shift: 'morning',
        open_cases: 6,
      },
      field: 'region',
      value: 'south',
    },
  },
  {
    id: 'edit-invoice-due',
    format: 'json',
    shown: order,
    asked: {
      record: {
        invoice: 6120,
        customer: 'Fennel Foods',
        amount: 840,
        currency: 'EUR',
        due: '2031-04-30',
        status: 'sent',
        contact: 'Lucia Marin',
      },
      field: 'due',
      value: '2031-05-31',
    },
  },
  {
    id: 'edit-contact-title',
    format: 'xml',
    shown: order,
    asked: {
      record: {
        name: 'Tobias Vogel',
        title: 'buyer',
        company: 'Kestrel Cycles',
        email: 'vogel@kestrel.example',
        language: 'German',
        city: 'Kassel',
      },
      field: 'title',
      value: 'head of purchasing',
    },
  },
];
