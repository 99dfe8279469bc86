/** The steps that plans are made of. A step has two wordings: the first stands in plans, the second is a paraphrase. */

export type Wording = readonly [step: string, paraphrase: string];

export interface Domain {
  name: string;
  /** Steps that need nothing before them. */
  first: readonly Wording[];
  /** Steps that go on from one result. */
  next: readonly Wording[];
  /** Steps that need two results. */
  join: readonly Wording[];
}

export const domains: readonly Domain[] = [
  {
    name: 'tools',
    first: [
      ['get the weather of Linz', 'call the forecast service for the town of Linz'],
      ['find hotels near the harbour', 'ask the booking service for rooms by the port'],
      ['read the calendar of Thursday', 'fetch all appointments on that weekday'],
      ['translate the letter into Spanish', 'have the note rendered for readers in Madrid'],
    ],
    next: [
      ['send the result to Rosa', 'mail what came out to a colleague'],
      ['save it as a note', 'keep that in the notebook'],
      ['pick the cheapest offer', 'choose whichever costs least'],
      ['draw a small chart', 'make a picture of these figures'],
      ['shorten the text to ten words', 'cut that down to one brief sentence'],
    ],
    join: [
      ['plan the trip from both answers', 'work out a journey that fits the two replies'],
      ['write a report about the two findings', 'put both outcomes into one document'],
    ],
  },
  {
    name: 'questions',
    first: [
      ['find out who built the Velden bridge', 'learn the name of the engineer of that crossing'],
      ['look up the length of the Ostry river', 'get how many kilometres that stream has'],
      ['find the year of the first tram', 'learn when rails came to the streets'],
      ['count the members of the council', 'determine how many people sit in the town hall'],
    ],
    next: [
      ['search for the birthplace of that person', 'learn where he or she came from'],
      ['convert the number into miles', 'express this figure in the other unit'],
      ['check the value against a second source', 'make sure that another book says the same'],
      ['name the country it belongs to', 'say which state that lies in'],
      ['round it to a whole ten', 'give only an approximate figure'],
    ],
    join: [
      ['compare the two facts', 'hold both pieces of knowledge against each other'],
      ['add both figures', 'take the sum of these two'],
    ],
  },
  {
    name: 'household',
    first: [
      ['go to the kitchen table', 'walk over to where people eat'],
      ['take the blue cup', 'pick up that drinking vessel'],
      ['open the tall cupboard', 'pull the door of the storage unit'],
      ['switch on the desk lamp', 'make light at the workplace'],
    ],
    next: [
      ['clean it with the sponge', 'wash off all the dirt'],
      ['heat it in the oven', 'make this warm'],
      ['look at it closely', 'examine what is there'],
      ['put everything into the drawer', 'store this away below'],
      ['close the door again', 'shut what was opened'],
    ],
    join: [
      ['carry both things to the shelf', 'bring the two objects to the board on the wall'],
      ['place one upon the other', 'stack these two'],
    ],
  },
  {
    name: 'shopping',
    first: [
      ['search for a red running shoe', 'look in the shop for footwear to jog in'],
      ['search for a wooden night lamp', 'look for bedside lighting made of oak'],
      ['open the list of vouchers', 'show which discounts there are'],
      ['read the return policy', 'learn how goods are sent back'],
    ],
    next: [
      ['choose the size nine', 'select how large it should be'],
      ['sort the hits by price', 'order what was found from cheap to dear'],
      ['click on the best rated item', 'take whatever buyers like most'],
      ['add it to the basket', 'lay this into the cart'],
      ['ask the seller about delivery', 'inquire when the parcel arrives'],
    ],
    join: [
      ['buy both articles together', 'order the two in one purchase'],
      ['decide which one is worth more', 'judge between these two'],
    ],
  },
  {
    name: 'shell',
    first: [
      ['list the files in /srv/photos', 'show what lies in the folder of pictures'],
      ['read the log of the web server', 'print what the site has recorded'],
      ['show the free space of the disk', 'tell how many bytes are left'],
      ['find the user called backup', 'look for that account'],
    ],
    next: [
      ['count the lines', 'determine the number of rows'],
      ['keep only entries of today', 'drop whatever is older'],
      ['sort them by size', 'order these from large to small'],
      ['write the output to report.txt', 'store what was printed in a file'],
      ['remove the duplicates', 'leave each just once'],
    ],
    join: [
      ['join both outputs by name', 'merge the two results on their key'],
      ['pack the two into one archive', 'make a single compressed bundle'],
    ],
  },
  {
    name: 'sql',
    first: [
      ['select all orders of March', 'fetch purchases from that month'],
      ['select the customers from Texas', 'fetch clients living in that state'],
      ['select every open case', 'fetch problems nobody has solved'],
      ['select the prices of lamps', 'fetch what lights cost'],
    ],
    next: [
      ['group the rows by agent', 'collect these under who handled them'],
      ['compute the average value', 'calculate a mean'],
      ['limit the result to five', 'return no more than a handful'],
      ['filter out empty fields', 'leave nulls aside'],
      ['rank them in descending order', 'put the greatest on top'],
    ],
    join: [
      ['inner join both sets on the id', 'link the two by their key'],
      ['subtract the second from the first', 'take the difference of these'],
    ],
  },
  {
    name: 'howto',
    first: [
      ['mix flour with water', 'stir the dry and the wet'],
      ['cut two planks of pine', 'saw the timber'],
      ['fill the pot with soil', 'put earth in the vessel'],
      ['wash the old curtain', 'get that cloth clean'],
    ],
    next: [
      ['let it rest for an hour', 'wait a while'],
      ['paint the surface white', 'coat this in a bright colour'],
      ['press it flat by hand', 'make that even'],
      ['dry everything in the sun', 'leave this outside until no moisture is left'],
      ['trim the rough edges', 'remove what sticks out'],
    ],
    join: [
      ['glue both parts together', 'fix one to another'],
      ['wrap the first around the second', 'cover this with that'],
    ],
  },
];
