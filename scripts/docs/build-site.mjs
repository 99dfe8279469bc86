/**
 * README and docs as a static site: each Markdown file is a page at its own path, so relative links stay what they are.
 * What a page links to comes along. A link that leads nowhere, or to a heading that is not there, is named.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { Marked } from 'marked';
import MiniSearch from 'minisearch';
import { sections } from './sections.mjs';

const root = join(import.meta.dirname, '..', '..');
const searchOptions = { fields: ['title', 'page', 'text'], storeFields: ['title', 'page', 'href'] };

/**
 * @param {string} out folder that becomes the site; what it held is removed
 * @returns {{ pages: string[], broken: string[] }} pages by path, and links that lead nowhere
 */
export function buildSite(out) {
  const pages = readPages();
  const broken = brokenLinks(pages);
  rmSync(out, { recursive: true, force: true });
  for (const page of pages.values()) write(out, htmlPath(page.path), layout(page, pages));
  for (const file of new Set([...pages.values()].flatMap(({ files }) => files))) copy(file, join(out, file));
  for (const name of ['style.css', 'search.js']) copy(`scripts/docs/${name}`, join(out, 'site', name));
  const minisearch = createRequire(import.meta.url)
    .resolve('minisearch')
    .replace(/[^/\\]+[/\\][^/\\]+$/, 'umd/index.js');
  copyFileSync(minisearch, join(out, 'site', 'minisearch.js'));
  write(out, 'site/search-index.js', `window.searchIndex = ${JSON.stringify(JSON.stringify(searchIndex(pages)))};\n`);
  return { pages: [...pages.keys()], broken };
}

/**
 * Links of one page that lead nowhere.
 * @param {string} path where it lies
 * @param {string} text
 */
export function linksOf(path, text) {
  const page = readPage(path, text);
  return brokenLinks(new Map(readPages()).set(path, page)).filter((said) => said.startsWith(`${path}: `));
}

const isPage = (path) => path.endsWith('.md');
const htmlPath = (path) => (path === 'README.md' ? 'index.html' : path.replace(/\.md$/, '.html'));

/** All of docs/, the one-page files, and every Markdown file that one of them links to; read once. */
function readPages() {
  known ??= readAllPages();
  return known;
}

let known;

function readAllPages() {
  const docs = readdirSync(join(root, 'docs'), { recursive: true }).map(
    (name) => `docs/${String(name).replaceAll('\\', '/')}`,
  );
  const open = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs.filter(isPage).sort()];
  const pages = new Map();
  for (const path of open) {
    if (pages.has(path)) continue;
    const page = readPage(path);
    pages.set(path, page);
    open.push(
      ...page.links.map(({ target }) => target).filter((target) => isPage(target) && existsSync(join(root, target))),
    );
  }
  return pages;
}

function readPage(path, text = readFileSync(join(root, path), 'utf8')) {
  const links = [];
  const files = [];
  const marked = new Marked({
    /** @param {any} token */
    walkTokens(token) {
      if (!['link', 'image'].includes(token.type) || /^[a-z]+:/i.test(token.href)) return;
      const [file = '', anchor] = token.href.split('#');
      const target = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '');
      links.push({ target, anchor });
      const full = join(root, target);
      if (isPage(target)) token.href = relative(path, htmlPath(target)) + (anchor === undefined ? '' : `#${anchor}`);
      else if (existsSync(full) && statSync(full).isFile()) files.push(target);
      // A folder: what lies in it is in the navigation, so the link leads to its first page.
      else if (existsSync(full))
        token.href = relative(path, htmlPath(`${target}/${readdirSync(full).filter(isPage).sort()[0]}`));
    },
  });
  const { html, headings } = anchored(marked.parse(text, { async: false }));
  return { path, html, headings, links, files, title: headings[0]?.title ?? path };
}

const relative = (from, to) => posix.relative(posix.dirname(htmlPath(from)), to) || posix.basename(to);

/** Headings get the anchors that GitHub gives them; wide things get a frame of their own to scroll in. */
function anchored(html) {
  const seen = new Map();
  const headings = [];
  const withIds = html.replace(/<h([1-6])>(.*?)<\/h\1>/gs, (_, level, inner) => {
    const title = plain(inner);
    const slug = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    const id = times === 0 ? slug : `${slug}-${times}`;
    headings.push({ id, title, level: Number(level) });
    return `<h${level} id="${id}">${inner}</h${level}>`;
  });
  const framed = withIds
    .replace(/<table>/g, '<div class="wide" tabindex="0"><table>')
    .replace(/<\/table>/g, '</table></div>')
    // A head without a word is an empty corner, not a head.
    .replace(/<th([^>]*)><\/th>/g, '<td$1></td>')
    .replace(/<pre>/g, '<pre tabindex="0">');
  return { html: framed, headings };
}

const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
const plain = (html) => html.replace(/<[^>]*>/g, '').replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => entities[entity]);
const escaped = (text) =>
  text.replace(/[&<>"]/g, (letter) => Object.keys(entities).find((key) => entities[key] === letter));

function brokenLinks(pages) {
  return [...pages.values()].flatMap(({ path, links }) =>
    links.flatMap(({ target, anchor }) => {
      if (!existsSync(join(root, target))) return [`${path}: ${target} is not there`];
      const page = pages.get(target);
      if (!anchor || !page || page.headings.some(({ id }) => id === anchor)) return [];
      return [`${path}: ${target} has no heading #${anchor}`];
    }),
  );
}

/** One entry a heading: what stands below it, up to the next. */
function searchIndex(pages) {
  const index = new MiniSearch(searchOptions);
  for (const { path, html, headings, title } of pages.values())
    for (const [at, part] of html
      .split(/(?=<h[1-6] id=)/)
      .filter((text) => text.startsWith('<h'))
      .entries()) {
      const { id, title: heading } = headings[at];
      index.add({
        id: `${path}#${id}`,
        title: heading,
        page: title,
        text: plain(part),
        href: `${htmlPath(path)}#${id}`,
      });
    }
  return index;
}

function layout({ path, html, title, headings }, pages) {
  const up = relative(path, 'index.html').replace(/index\.html$/, '');
  const item = (page) =>
    `<li><a href="${relative(path, htmlPath(page.path))}"${page.path === path ? ' aria-current="page"' : ''}>${escaped(page.path === 'README.md' ? 'Overview' : page.title)}</a></li>`;
  const groups = sections([...pages.keys()]).map(
    ([name, paths]) => `<h2>${name}</h2><ul>${paths.map((one) => item(pages.get(one))).join('')}</ul>`,
  );
  const contents = headings
    .filter(({ level }) => level === 2)
    .map(({ id, title: text }) => `<li><a href="#${id}">${escaped(text)}</a></li>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${escaped(title)}${title === 'ttcbench' ? '' : ' – ttcbench'}</title>
<link rel="stylesheet" href="${up}site/style.css"></head><body data-up="${up}">
<a class="skip" href="#content">to the text</a>
<header><a class="home" href="${up}index.html">ttcbench</a>
<div class="search" role="search"><input id="query" type="search" placeholder="Search" aria-label="Search all pages" autocomplete="off">
<ul id="found" hidden></ul></div></header>
<div class="columns"><nav aria-label="Pages"><details open><summary>Pages</summary>${groups.join('')}</details></nav>
<main id="content">${html}</main>
<aside aria-label="On this page">${contents.length > 2 ? `<h2>On this page</h2><ul>${contents.join('')}</ul>` : ''}</aside></div>
<script src="${up}site/search.js" defer></script></body></html>
`;
}

function write(out, path, text) {
  const file = join(out, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(root, from), to);
}
