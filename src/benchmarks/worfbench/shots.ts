import type { Message } from '../../core/index.ts';

interface Shot {
  user: string;
  assistant: string;
}

const plan = (steps: readonly string[], edges: string) =>
  `Node:\n${steps.map((step, i) => `${i + 1}: ${step}`).join('\n')}\nEdge: ${edges}`;

const householdActions = `The action list you can take: 1. go to {place}
2. take {thing} from {place}
3. put {thing} in/on {place}
4. open {place}
5. close {place}
6. clean {thing} with {place}
7. heat {thing} with {place}
8. cool {thing} with {place}
where {thing} and {place} stand for objects and where they can be.`;

const shellActions = `The action list you can take: bash: run a command in the shell, take bash action
finish: the task is done, take finish action
answer: the answer is known, take answer action`;

const shopActions = 'The action list you can take: search[keywords]\nclick[value].';

const questionTools = `The api list you can use: {'Lookup(topic)': 'Find the article about a topic', 'QA(context, query)': 'Given context, answer the query.', 'Calculate(formula)': 'Work out a formula'}`;

/** Worked examples, ours, in the layout of the official rows. One of two forks where the family's plans do. */
const shots: Readonly<Record<string, readonly [Shot, Shot]>> = {
  alfworld: [
    {
      user: `You are in the middle of a room. Looking quickly around you, you see a bed 1, a desk 2, a desk 1, a drawer 1, a lamp 1, and a shelf 1.

Your task is to: put a book on the shelf.${householdActions}`,
      assistant: plan(
        [
          'go to where the book may be placed',
          'take book from where it is placed',
          'go to shelf',
          'put book in/on shelf',
        ],
        '(START,1) (1,2) (2,3) (3,4) (4,END)',
      ),
    },
    {
      user: `You are in the middle of a room. Looking quickly around you, you see a cabinet 2, a cabinet 1, a countertop 1, a fridge 1, a sinkbasin 1, and a table 1.

Your task is to: put a clean plate in the cabinet.${householdActions}`,
      assistant: plan(
        [
          'go to where the plate may be placed',
          'take plate from where it is placed',
          'go to sinkbasin',
          'clean plate with sinkbasin',
          'go to cabinet',
          'open cabinet',
          'put plate in/on cabinet',
        ],
        '(START,1) (1,2) (2,3) (3,4) (4,5) (5,6) (6,7) (7,END)',
      ),
    },
  ],
  lumos: [
    {
      user: `Task: Which of the two rivers is longer, the one through Velden or the one through Ostry?\n${questionTools}`,
      assistant: plan(
        [
          'Find out which river flows through Velden and how long it is.',
          'Find out which river flows through Ostry and how long it is.',
          'Compare both lengths and name the longer river.',
        ],
        '(START,1) (START,2) (1,3) (2,3) (3,END)',
      ),
    },
    {
      user: `Task: A farmer sells 12 crates of 15 eggs and keeps 20 eggs. How many eggs did he have?\n${questionTools}`,
      assistant: plan(
        ['Calculate how many eggs are in the crates that he sells.', 'Add the eggs that he keeps.'],
        '(START,1) (1,2) (2,END)',
      ),
    },
  ],
  os: [
    {
      user: `Now, I will start a new problem in a new OS. My problem is:

How many folders lie directly in /srv/photos and hold no file at all?${shellActions}`,
      assistant: plan(
        [
          'execute bash code to list the folders directly in /srv/photos',
          'execute bash code to count those without files',
          'take answer action',
        ],
        '(START,1) (1,2) (2,3) (3,END)',
      ),
    },
    {
      user: `Now, I will start a new problem in a new OS. My problem is:

Make the script /opt/tools/backup.sh runnable for its owner only.${shellActions}`,
      assistant: plan(
        [
          'execute bash code to show the present rights of /opt/tools/backup.sh',
          'execute bash code to give the owner alone the right to run it',
          'take finish action',
        ],
        '(START,1) (1,2) (2,3) (3,END)',
      ),
    },
  ],
  toolalpaca: [
    {
      user: `Task: I want to plant tomatoes in Graz. When is the last frost there, and how far apart should I set the plants?
The api list you can use: [{'name': 'lastFrost', 'description': 'Gives the usual date of the last frost of a town.', 'parameters': {'town': 'Required. string. The town.'}, 'output': 'A date.'}, {'name': 'plantGuide', 'description': 'Gives spacing and care of a plant.', 'parameters': {'plant': 'Required. string. The plant.'}, 'output': 'Spacing, water and light.'}]`,
      assistant: plan(
        ['Get the date of the last frost in Graz.', 'Get the spacing of tomato plants.'],
        '(START,1) (START,2) (1,END) (2,END)',
      ),
    },
    {
      user: `Task: Find a choir near the Old Mill that takes beginners and write to them that I would like to visit a rehearsal.
The api list you can use: [{'name': 'findChoirs', 'description': 'Finds choirs near a place.', 'parameters': {'place': 'Required. string. The place.', 'level': 'string. beginner or trained.'}, 'output': 'Choirs with their ids.'}, {'name': 'writeToChoir', 'description': 'Sends a message to a choir.', 'parameters': {'choirId': 'Required. string. The id.', 'text': 'Required. string. The message.'}, 'output': 'Whether it was sent.'}]`,
      assistant: plan(
        [
          'Find choirs near the Old Mill that take beginners.',
          'Send the choir a message that I would like to visit a rehearsal.',
        ],
        '(START,1) (1,2) (2,END)',
      ),
    },
  ],
  toolbench: [
    {
      user: `Task: I am preparing a quiz about birds. Please fetch a list of owls, some recordings of their calls, and a map of where barn owls live.
api_list:[{'name': 'list_for_bird_book', 'description': 'This is the subfunction for tool "bird_book". Lists the species of a group.', 'parameters': {'type': 'object', 'properties': {'group': {'type': 'string'}}, 'required': ['group'], 'optional': []}}, {'name': 'calls_for_bird_book', 'description': 'This is the subfunction for tool "bird_book". Gives recordings of a species.', 'parameters': {'type': 'object', 'properties': {'species': {'type': 'string'}}, 'required': ['species'], 'optional': []}}, {'name': 'map_for_habitats', 'description': 'This is the subfunction for tool "habitats". Draws where a species lives.', 'parameters': {'type': 'object', 'properties': {'species': {'type': 'string'}}, 'required': ['species'], 'optional': []}}, {'name': 'Finish', 'description': 'Call it with the final answer.', 'parameters': {'type': 'object', 'properties': {}, 'required': []}}]`,
      assistant: plan(
        [
          'Fetch a list of owls.',
          'Fetch recordings of the calls of these owls.',
          'Fetch a map of where barn owls live.',
        ],
        '(START,1) (START,3) (1,2) (2,END) (3,END)',
      ),
    },
    {
      user: `Task: Which trains go from Linz to Trieste tomorrow, and what does the cheapest one cost?
api_list:[{'name': 'search_for_rail_times', 'description': 'This is the subfunction for tool "rail_times". Finds trains between two stations.', 'parameters': {'type': 'object', 'properties': {'start': {'type': 'string'}, 'goal': {'type': 'string'}, 'day': {'type': 'string'}}, 'required': ['start', 'goal'], 'optional': ['day']}}, {'name': 'price_for_rail_times', 'description': 'This is the subfunction for tool "rail_times". Gives the price of a train.', 'parameters': {'type': 'object', 'properties': {'train': {'type': 'string'}}, 'required': ['train'], 'optional': []}}, {'name': 'Finish', 'description': 'Call it with the final answer.', 'parameters': {'type': 'object', 'properties': {}, 'required': []}}]`,
      assistant: plan(
        ['Search the trains from Linz to Trieste tomorrow.', 'Get the prices of these trains and pick the cheapest.'],
        '(START,1) (1,2) (2,END)',
      ),
    },
  ],
  webshop: [
    {
      user: `WebShop [SEP] Instruction: [SEP] i need a wooden lamp for a night table with warm light, and price lower than 60.00 dollars [SEP] Search${shopActions}`,
      assistant: plan(
        [
          'search[wooden night table lamp warm light]',
          'click on a lamp that matches the material, light, and price requirements',
          'click on the "Buy Now" button to purchase the lamp.',
        ],
        '(START,1) (1,2) (2,3) (3,END)',
      ),
    },
    {
      user: `WebShop [SEP] Instruction: [SEP] find me a size 9 red running shoe for men with a wide sole, and price lower than 90.00 dollars [SEP] Search${shopActions}`,
      assistant: plan(
        [
          'search[red running shoe men wide sole]',
          'click on a shoe that matches the sole and price requirements',
          'click[red]',
          'click[9]',
          'click on the "Buy Now" button to purchase the shoe.',
        ],
        '(START,1) (1,2) (2,3) (3,4) (4,5) (5,END)',
      ),
    },
  ],
  wikihow: [
    {
      user: `Task: How to Repot a Fern
The action list you can take: ['Water the fern well.', 'Choose a pot that is one size larger.', 'Paint the pot.', 'Lift the fern out of its old pot.', 'Fill the new pot with fresh soil.', 'Set the fern into the new pot.']`,
      assistant: plan(
        [
          'Choose a pot that is one size larger.',
          'Fill the new pot with fresh soil.',
          'Lift the fern out of its old pot.',
          'Set the fern into the new pot.',
          'Water the fern well.',
        ],
        '(START,1) (START,3) (1,2) (2,4) (3,4) (4,5) (5,END)',
      ),
    },
    {
      user: `Task: How to Fold a Paper Boat
The action list you can take: ['Pull the sides apart.', 'Fold the sheet in half.', 'Buy a real boat.', 'Turn both upper corners down to the middle.', 'Fold the lower edges up.']`,
      assistant: plan(
        [
          'Fold the sheet in half.',
          'Turn both upper corners down to the middle.',
          'Fold the lower edges up.',
          'Pull the sides apart.',
        ],
        '(START,1) (1,2) (2,3) (3,4) (4,END)',
      ),
    },
  ],
};

/** Two worked examples as turns; none for the held-out families, which the published setting plays zero-shot. */
export function shotsOf(family: string): readonly Message[] {
  return (shots[family] ?? []).flatMap(({ user, assistant }) => [
    { role: 'user' as const, content: user },
    { role: 'assistant' as const, content: assistant },
  ]);
}
