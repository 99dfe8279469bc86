import type { CopyTask } from './tasks.ts';

/** Eight texts to be repeated exactly. Names, numbers and firms are invented. */
export const copyTasks: readonly CopyTask[] = [
  {
    id: 'copy-shipping-notice',
    instruction: 'Repeat the shipping notice exactly, word for word.',
    text: `Dear Mrs Holm,
thank you for your order 48213. The two desk lamps and the oak shelf left our warehouse in Aarhus this morning and will reach you on Thursday between 10 and 14 o'clock. The driver calls you half an hour before he arrives. The invoice of 186 euros is attached and is due within 30 days. If a box is damaged, please refuse it and write to us on the same day.
Kind regards,
Lena Brandt, Nordlicht Furniture`,
  },
  {
    id: 'copy-warranty-clause',
    instruction: 'Copy this clause of our contract without any change.',
    text: `Section 7. Warranty. The supplier repairs or replaces every pump that fails within 24 months after delivery. The buyer reports the failure in writing and names the serial number of the pump. Transport to the workshop is paid by the supplier. The warranty does not cover seals, filters and damage by dry running. A replaced pump carries the warranty of the first pump until it ends, but never less than six months.`,
  },
  {
    id: 'copy-meeting-minutes',
    instruction: 'Write out these minutes again, line by line, exactly as they are.',
    text: `Minutes of the sales meeting, 12 May
- Ivo presents the numbers of April: 41 new customers, 9 lost.
- The price of the starter plan stays at 29 euros until autumn.
- Marta calls the five largest accounts before the end of May.
- The trade fair in Lyon is cancelled; the budget goes to the web shop.
- Jonas prepares a list of all open quotes.
Next meeting: 26 May, 9 o'clock, room 3.`,
  },
  {
    id: 'copy-price-list',
    instruction: 'Print this price list again. Keep every line as it is.',
    text: `Item 1001: paper A4, 500 sheets, 4.90 euros
Item 1002: paper A3, 500 sheets, 9.80 euros
Item 1107: envelope, white, 100 pieces, 6.50 euros
Item 1215: ball pen, blue, 10 pieces, 3.20 euros
Item 1216: ball pen, black, 10 pieces, 3.20 euros
Item 1340: folder, grey, 1 piece, 2.10 euros`,
  },
  {
    id: 'copy-support-reply',
    instruction: 'Repeat this reply to a customer exactly.',
    text: `Hello Mr Okafor,
the error you describe appears when the printer was moved to a new network. Please hold the green button for ten seconds until the light blinks twice. Then open the app, choose "Add printer" and enter the code on the back of the device. Your earlier settings are kept. If the light stays red, please send us a photo of the display and we will ship a new network card free of charge.
Best wishes,
Priya from support`,
  },
  {
    id: 'copy-incident-note',
    instruction: 'Copy the incident note below exactly.',
    text: `Incident 5527, status: resolved
At 06:40 the payment page stopped answering for customers in Spain and Portugal. The cause was an expired certificate on one of the three servers. The server was taken out of service at 07:05, and a new certificate was installed at 07:30. About 320 orders were delayed, none was lost. The team now checks all certificates every Monday and warns 30 days before one expires.`,
  },
  {
    id: 'copy-payment-reminder',
    instruction: 'Write this letter again without changing a word.',
    text: `Dear customer,
our invoice 7731 of 3 March over 1,240 euros is still open. Perhaps the letter was lost, so a copy is attached. Please pay the amount by 20 April to the account named on the invoice. If you have paid in the meantime, please ignore this letter. If you need more time, call Ms Tanaka at extension 214; she will gladly agree on three monthly payments with you.
Yours sincerely,
Bellweather Tools, accounts department`,
  },
  {
    id: 'copy-visit-report',
    instruction: 'Repeat the visit report word for word.',
    text: `Visit to Quarry Bakery on 8 June. Present: owner Helga Maurer and her son Emil. The bakery runs three ovens of the old series and wants to replace the smallest one before winter. They care about energy use and about the noise in the morning. They have an offer of a competitor at 18,500 euros. I promised a quote with two years of service and a visit to our show room in Graz. Emil will decide in July.`,
  },
];
