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
      ['send a short mail to Rosa', 'write a few words to a colleague'],
      ['save a note in the notebook', 'keep that in the jotter'],
      ['pick the cheapest offer', 'choose whichever costs least'],
      ['draw a small chart', 'make a picture of these figures'],
      ['shorten the summary to ten words', 'cut the outline down to one brief sentence'],
    ],
    join: [
      ['plan the trip to the coast', 'work out a journey to the sea'],
      ['write the report for Monday', 'put the document for the start of the week together'],
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
      ['search for the birthplace of the mayor', 'learn where the head of the town came from'],
      ['convert the distance into miles', 'express how far that is in the other unit'],
      ['check the map of the valley', 'consult the chart of that region'],
      ['name the oldest church', 'say which house of prayer has stood longest'],
      ['round the total to a whole ten', 'give only an approximate sum'],
    ],
    join: [
      ['compare the two cities', 'hold both towns against each other'],
      ['write down the final answer', 'note the solution'],
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
      ['wipe the counter with a sponge', 'get the worktop free of dirt'],
      ['heat the soup in the oven', 'make the broth warm'],
      ['look at the clock', 'see what time shows'],
      ['put the forks into the drawer', 'store the cutlery away below'],
      ['close the garden door', 'shut the way to the lawn'],
    ],
    join: [
      ['carry the plates to the shelf', 'bring the dishes to the board on the wall'],
      ['feed the cat', 'give the pet a meal'],
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
      ['choose the size nine', 'select how large the pair should be'],
      ['sort the hits by price', 'order what was found from cheap to dear'],
      ['click on the best rated item', 'take whatever buyers like most'],
      ['add the gift card to the basket', 'lay the present voucher into the cart'],
      ['ask the seller about delivery', 'inquire when the parcel arrives'],
    ],
    join: [
      ['pay with the credit card', 'settle the bill without cash'],
      ['print the invoice', 'put the bill on paper'],
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
      ['sort the table by size', 'order the rows from large to small'],
      ['write the output to report.txt', 'store what was printed in a file'],
      ['remove the duplicates', 'leave each just once'],
    ],
    join: [
      ['restart the mail service', 'bring the post daemon up again'],
      ['pack the folder into one archive', 'make a single compressed bundle'],
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
      ['join both tables on the id', 'link the two by their key'],
      ['save the view as monthly', 'store that query under a name for each month'],
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
      ['rest for one hour', 'wait a while'],
      ['paint the surface white', 'coat the outside in a bright colour'],
      ['press the lid flat by hand', 'make the top even'],
      ['dry the cloth in the sun', 'leave the fabric outside until no moisture is left'],
      ['trim the rough edges', 'remove what sticks out'],
    ],
    join: [
      ['glue both parts together', 'fix one to another'],
      ['wrap the gift in red paper', 'cover the present'],
    ],
  },
];
