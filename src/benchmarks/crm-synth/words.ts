/** Names of people, firms, places and products. All made up by us, in the manner of plain English ones. */
const list = (text: string): readonly string[] => text.split(' ');

export const firstNames = list(
  'Rosa Tom Amira Jonas Paula Victor Nadia Oscar Greta Felix Ines Martin Lena Samuel Tara Hugo Clara Dennis Mira Leo ' +
    'Alma Boris Carmen David Edith Frank Gloria Henry Irene Jakob Karin Louis Maria Nils Olga Peter Ruth Simon Vera Walter',
);
export const lastNames = list(
  'Meyer Novak Haddad Lind Costa Berg Okafor Silva Tanaka Weber Moreau Larsen Petrov Kaplan Ortiz Fischer Romano Dalton ' +
    'Ibarra Jensen Keller Lopez Marsh Nolan Olsen Parker Quist Reyes Sander Turner Ulrich Vargas Winter Young Zeller ' +
    'Abbott Brandt Carver Dorsey Ellison',
);
export const firmNames = list(
  'Harborline Bluepeak Stonebridge Northfield Silverbrook Oakhurst Redcliff Greenway Fairmont Eastgate Windrose Lakeview ' +
    'Ironwood Brightwell Cedarhill Westbury Moorland Clearwater Ashford Summerfield Highgrove Rockport Maplewood Riverton ' +
    'Goldcrest Pinehurst Kingsley Whitestone Deepwell Coppergate',
);
export const firmKinds = [
  'Logistics',
  'Foods',
  'Clinics',
  'Energy',
  'Textiles',
  'Printing',
  'Motors',
  'Schools',
] as const;
export const industries = [
  'Transport',
  'Food',
  'Health',
  'Energy',
  'Textiles',
  'Media',
  'Automotive',
  'Education',
] as const;

/** City and state code. */
export const places: readonly (readonly [city: string, state: string])[] = [
  ['Austin', 'TX'],
  ['Boston', 'MA'],
  ['Denver', 'CO'],
  ['Portland', 'OR'],
  ['Phoenix', 'AZ'],
  ['Atlanta', 'GA'],
  ['Chicago', 'IL'],
  ['Seattle', 'WA'],
  ['Miami', 'FL'],
  ['Detroit', 'MI'],
  ['Nashville', 'TN'],
  ['Columbus', 'OH'],
];

/** Series and kind of device; a model is `Lumo desk lamp`, its editions are `Lumo desk lamp Basic` and so on. */
export const series = list('Lumo Vela Orion Tessa Nimbo Kirra Solano Pavo Derwin Calix Brio Zento');
export const devices = [
  'desk lamp',
  'label printer',
  'water filter',
  'air sensor',
  'card reader',
  'door lock',
  'headset',
  'projector',
  'floor scanner',
  'power unit',
] as const;
export const editions = ['Basic', 'Plus', 'Max'] as const;
export const colours = ['white', 'black', 'dark green', 'grey', 'light blue', 'dark red'] as const;
export const months = list('January February March April May June July August September October November December');
