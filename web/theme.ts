/** Light or dark: as the system says, until the reader says otherwise. Kept in this browser only. */
const root = document.documentElement;
const key = 'ttcbench-theme';
const system = matchMedia('(prefers-color-scheme: dark)');

export const isDark = () => (root.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';

export function startTheme(): void {
  const button = document.querySelector('#theme') as HTMLButtonElement;
  const kept = localStorage.getItem(key);
  if (kept === 'dark' || kept === 'light') root.dataset.theme = kept;
  const name = () => {
    button.textContent = isDark() ? 'Light page' : 'Dark page';
    // Files of charts have the theme of the page.
    for (const link of document.querySelectorAll<HTMLAnchorElement>('a[href*="theme="]'))
      link.href = link.href.replace(/theme=(light|dark)/, `theme=${isDark() ? 'dark' : 'light'}`);
  };
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    localStorage.setItem(key, root.dataset.theme);
    name();
  });
  system.addEventListener('change', name);
  name();
}
