/** The script of `report.html`: sorts and filters tables, changes the theme. Without it the page shows all the same. */
export const pageScript = `
const number = (text) => {
  const found = /[−-]?\\d[\\d,]*(\\.\\d+)?/.exec(text);
  return found ? Number(found[0].replaceAll(',', '').replace('−', '-')) : undefined;
};
const compare = (a, b) => {
  const [x, y] = [number(a), number(b)];
  if (x !== undefined && y !== undefined) return x - y;
  if (x !== undefined || y !== undefined) return x === undefined ? 1 : -1;
  return a.localeCompare(b);
};
const isNone = (text) => text === '–' || text === '';
for (const table of document.querySelectorAll('table[data-sortable]')) {
  const body = table.tBodies[0];
  const given = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, at) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    const order = document.createElement('span');
    order.className = 'order';
    order.setAttribute('aria-hidden', 'true');
    button.append(order);
    head.append(button);
    button.addEventListener('click', () => {
      const next = { ascending: 'descending', descending: 'none' }[head.getAttribute('aria-sort')] ?? 'ascending';
      for (const one of heads) {
        one.removeAttribute('aria-sort');
        one.querySelector('.order').textContent = '';
      }
      const text = (row) => row.cells[at].textContent.trim();
      const sign = next === 'descending' ? -1 : 1;
      const words = at === 0;
      const rows = [...given];
      if (next !== 'none') {
        head.setAttribute('aria-sort', next);
        order.textContent = sign > 0 ? ' ↑' : ' ↓';
        rows.sort((a, b) => {
          const [x, y] = [text(a), text(b)];
          if (isNone(x) !== isNone(y)) return isNone(x) ? 1 : -1;
          return sign * (words ? x.localeCompare(y) : compare(x, y));
        });
      }
      body.append(...rows);
    });
  });
  if (table.dataset.sortable === 'filter' && given.length > 5) {
    const filter = document.createElement('input');
    filter.type = 'search';
    filter.className = 'filter';
    filter.placeholder = 'Show rows that contain …';
    filter.setAttribute('aria-label', 'Show rows that contain');
    filter.addEventListener('input', () => {
      const words = filter.value.toLowerCase().split(/\\s+/);
      for (const row of given) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    });
    table.parentElement.before(filter);
  }
}
const root = document.documentElement;
const theme = document.createElement('button');
theme.id = 'theme';
theme.type = 'button';
const isDark = () => (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
const name = () => { theme.textContent = isDark() ? 'Light page' : 'Dark page'; };
theme.addEventListener('click', () => { root.dataset.theme = isDark() ? 'light' : 'dark'; name(); });
name();
document.querySelector('.head').append(theme);
`;
