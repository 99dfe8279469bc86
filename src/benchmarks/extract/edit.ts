import type { EditTask } from './tasks.ts';

/** Eight records with one field to be changed. Names, numbers and firms are invented. */
export const editTasks: readonly EditTask[] = [
  {
    id: 'edit-account-phone',
    instruction: 'Change the phone to 555-0199.',
    record: `Account: Pinewood Dental
Owner: Carla Jimenez
Phone: 555-0142
City: Porto
Industry: health care
Employees: 38
Plan: silver
Renewal: 1 October
Open cases: 2`,
    from: 'Phone: 555-0142',
    to: 'Phone: 555-0199',
  },
  {
    id: 'edit-case-status',
    instruction: 'Set the status to "closed".',
    record: `{
  "case": 20418,
  "customer": "Amber Logistics",
  "product": "Falcon scanner",
  "topic": "battery",
  "priority": "high",
  "status": "open",
  "agent": "Ravi",
  "opened": "2031-02-14"
}`,
    from: '"status": "open"',
    to: '"status": "closed"',
  },
  {
    id: 'edit-lead-budget',
    instruction: 'Change the budget to 45000.',
    record: `{
  "lead": "Sofia Lindqvist",
  "company": "Harbor Fish",
  "budget": 30000,
  "authority": "yes",
  "need": "cold storage",
  "timeline": "this quarter",
  "source": "trade fair"
}`,
    from: '"budget": 30000',
    to: '"budget": 45000',
  },
  {
    id: 'edit-contact-email',
    instruction: 'Change the email to t.vogel@kestrel.example.',
    record: `Name: Tobias Vogel
Title: head of purchasing
Company: Kestrel Cycles
Email: tobias@kestrel.example
Mobile: 0170 555 23
Language: German
Newsletter: yes
Last contact: 3 March`,
    from: 'Email: tobias@kestrel.example',
    to: 'Email: t.vogel@kestrel.example',
  },
  {
    id: 'edit-order-quantity',
    instruction: 'Change the quantity of the garden chair to 12.',
    record: `Order: 9021
Customer: Villa Rossa Hotel
Item 1: garden table, quantity 4
Item 2: garden chair, quantity 8
Item 3: sunshade, quantity 2
Delivery: 5 June
Payment: 30 days
Total: 2,310 euros`,
    from: 'garden chair, quantity 8',
    to: 'garden chair, quantity 12',
  },
  {
    id: 'edit-opportunity-stage',
    instruction: 'Change the stage to negotiation.',
    record: `Opportunity: new ovens for Quarry Bakery
Account: Quarry Bakery
Stage: proposal
Amount: 18,500 euros
Probability: 60 percent
Close date: 15 July
Competitor: Hotstone
Next step: visit to the show room`,
    from: 'Stage: proposal',
    to: 'Stage: negotiation',
  },
  {
    id: 'edit-delivery-address',
    instruction: 'Change the street to "Mill Road 40".',
    record: `{
  "customer": "Greta Nyberg",
  "street": "Station Road 7",
  "city": "Uppsala",
  "country": "Sweden",
  "floor": 3,
  "note": "ring twice",
  "carrier": "Northpost"
}`,
    from: '"street": "Station Road 7"',
    to: '"street": "Mill Road 40"',
  },
  {
    id: 'edit-appointment-day',
    instruction: 'Change the day to Friday.',
    record: `Appointment: yearly service of the lift
Customer: Tower House
Technician: Olek Nowak
Day: Tuesday
Time: 08:30
Duration: 2 hours
Parts: oil, two cables
Contact on site: Mrs Adeyemi`,
    from: 'Day: Tuesday',
    to: 'Day: Friday',
  },
];
