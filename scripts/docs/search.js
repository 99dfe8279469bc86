// Search over an index that comes with the site: it is loaded when the field is first used, and nothing leaves the page.
const { up } = document.body.dataset;
const query = document.getElementById('query');
const found = document.getElementById('found');
const details = document.querySelector('nav details');
if (matchMedia('(max-width: 900px)').matches) details.open = false;

let opening;
const load = (src) =>
  new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), {
      src: `${up}site/${src}`,
      onload: resolve,
      onerror: reject,
    });
    document.head.append(script);
  });
const open = () => {
  opening ??= Promise.all([load('minisearch.js'), load('search-index.js')]).then(() =>
    globalThis.MiniSearch.loadJSON(globalThis.searchIndex, {
      fields: ['title', 'page', 'text'],
      storeFields: ['title', 'page', 'href'],
      searchOptions: { prefix: true, fuzzy: 0.15, combineWith: 'AND', boost: { title: 4, page: 2 } },
    }),
  );
  return opening;
};

async function search() {
  const words = query.value.trim();
  const index = await open();
  if (words !== query.value.trim()) return;
  const results = words === '' ? [] : index.search(words).slice(0, 12);
  found.replaceChildren(...results.map(entry));
  if (words !== '' && results.length === 0) {
    const none = document.createElement('li');
    none.textContent = 'nothing found';
    found.append(none);
  }
  found.hidden = words === '';
}

function entry({ title, page, href }) {
  const item = document.createElement('li');
  const link = Object.assign(document.createElement('a'), { href: up + href, textContent: title });
  const from = document.createElement('small');
  from.textContent = title === page ? '' : page;
  link.append(from);
  item.append(link);
  return item;
}

query.addEventListener('focus', open);
query.addEventListener('input', search);
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== query) {
    event.preventDefault();
    query.focus();
  } else if (event.key === 'Escape') found.hidden = true;
});
document.addEventListener('click', (event) => {
  if (!event.target.closest('.search')) found.hidden = true;
});
