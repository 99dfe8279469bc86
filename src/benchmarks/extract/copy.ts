import type { CopyTask } from './tasks.ts';

const exactly = 'Repeat this text exactly.';
const wordForWord = 'Copy the following text word for word.';

const letter = `Good morning Tom, the samples are on the table in the hall. Please take the red box to Mr. Albu before noon.
Thanks, Ines`;

const list = `Delivery 90, gate 2
- 4 boxes of tea, Ceylon
- 1 box of cups, blue
Signed by: Mr. Albu`;

/** Eight texts to be repeated. Names, numbers and firms are invented. */
export const copyTasks: readonly CopyTask[] = [
  {
    id: 'copy-shipping-notice',
    instruction: exactly,
    shown: letter,
    asked: `Dear Mrs. Holm,
Thank you for your order 48213. The two desk lamps and the oak shelf left our warehouse in Aarhus this morning and will reach you on Thursday between 10 and 14 o'clock. The invoice of 186 euros is attached and is due within 30 days. If a box is damaged, please refuse it and write to us on the same day.
Kind regards,
Lena Brandt, Nordlicht Furniture`,
  },
  {
    id: 'copy-warranty-clause',
    instruction: wordForWord,
    shown: letter,
    asked: `Section 7. Warranty. The supplier repairs or replaces every pump that fails within 24 months after delivery. The buyer reports the failure in writing and sends us the serial number of the pump. Transport to the workshop is paid by the supplier. The warranty does not cover seals, filters, and damage by dry running. A replaced pump carries the warranty of the first pump until it ends, but never less than six months.`,
  },
  {
    id: 'copy-meeting-minutes',
    instruction: exactly,
    shown: list,
    asked: `Minutes of the sales meeting, 12 May
- Ivo presents the numbers of April: 41 new customers, 9 lost.
- The price of the starter plan stays at 29 euros until autumn.
- Marta calls the five largest accounts before the end of May.
- The trade fair in Lyon is cancelled; the budget goes to the web shop.
- Jonas prepares a list of all open quotes.
Next meeting: 26 May, 9 o'clock, room 3.`,
  },
  {
    id: 'copy-price-list',
    instruction: exactly,
    shown: list,
    asked: `Price list of Bellweather Tools, valid from March
- Hammer, 500 grams: 12.90 euros
- Saw for wood: 18.50 euros
- Screwdriver, set of six: 24.00 euros
- Drill with two batteries: 139.00 euros
- Measuring tape, 5 meters: 7.20 euros
All prices include tax. Delivery is free above 50 euros.`,
  },
  {
    id: 'copy-support-reply',
    instruction: wordForWord,
    shown: letter,
    asked: `Hello Mr. Okafor,
The error appears when the printer was moved to a new network. Please hold the green button for ten seconds until the light blinks twice. Then open the app, choose "Add printer" and enter the code on the back of the device. Your earlier settings are kept. If the light stays red, please send us a photo of the display and we will ship a new network card free of charge.
Best wishes,
Priya from support`,
  },
  {
    id: 'copy-incident-note',
    instruction: exactly,
    shown: letter,
    asked: `Incident 5527, status: resolved
At 06:40 the payment page stopped answering for customers in Spain and Portugal. The cause was an expired certificate on one of the three servers. The server was taken out of service at 07:05, and a new certificate was installed at 07:30. About 320 orders were delayed, but no order was lost. The team now checks all certificates every Monday and warns 30 days before one expires.`,
  },
  {
    id: 'copy-visit-report',
    instruction: exactly,
    shown: letter,
    asked: `Visit to Quarry Bakery on 8 June. The bakery runs three ovens of the old series and wants to replace the smallest one before winter. The owner, Helga Maurer, cares about energy use and about the noise in the morning. She has an offer of a competitor at 18,500 euros. I promised a quote with two years of service and a visit to our show room in Graz. Her son Emil will decide in July.`,
  },
  {
    id: 'copy-call-script',
    instruction: exactly,
    shown: letter,
    asked: `Good afternoon, this is Blue Door Books. I am calling about the order that you placed on Sunday. The second volume is out of print, but we have found a used copy in very good condition for 14 euros. Would you like to take it, or should we send you the money back? You can also decide later and write to us by Friday. Thank you for your time.`,
  },
];
