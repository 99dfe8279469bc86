/** Parts of the page that stay as they are while what they show stays: who reads, types or clicks there is not disturbed. */
import { element } from './element.ts';

interface Part {
  element: HTMLElement;
  of: readonly unknown[];
}

/** A part that is not made yet. */
export interface Draft {
  name: string;
  of: readonly unknown[];
  make(): HTMLElement;
}

/** What went wrong, in its place: the rest of the page stays. */
export function failureDraft(name: string, error: unknown): Draft {
  const said = error instanceof Error ? error.message : String(error);
  return { name, of: [said], make: () => element('p', { class: 'notice', role: 'alert' }, said) };
}

/** The elements that a page was last put together of, by name. */
export function createParts() {
  let before = new Map<string, Part>();
  let now = new Map<string, Part>();
  return {
    /**
     * The element of before, where `of` holds the same things; else a new one.
     * @param of everything that `make` draws; compared one by one, objects by identity
     */
    part(name: string, of: readonly unknown[], make: () => HTMLElement): HTMLElement {
      const known = before.get(name);
      const isSame = known?.of.length === of.length && of.every((one, i) => Object.is(one, known.of[i]));
      const part = known && isSame ? known : { element: make(), of };
      if (known && !isSame) carryOver(known.element, part.element);
      now.set(name, part);
      return part.element;
    },
    /** Makes the children of the place those of `list`. What stays is not touched, what is new has the focus of what it replaces. */
    arrange(place: HTMLElement, list: readonly HTMLElement[]): void {
      const focus = document.activeElement?.getAttribute('data-focus');
      const wanted = new Set<Node>(list);
      for (const child of [...place.childNodes]) if (!wanted.has(child)) child.remove();
      let at = place.firstChild;
      for (const element of list)
        if (element === at) at = at.nextSibling;
        else place.insertBefore(element, at);
      restoreScroll(place);
      before = now;
      now = new Map();
      if (!focus || document.activeElement?.getAttribute('data-focus') === focus) return;
      const next = [...place.querySelectorAll<HTMLElement>('[data-focus]')].find((one) => one.dataset.focus === focus);
      next?.focus({ preventScroll: true });
    },
  };
}

const scrolled = new WeakMap<Element, readonly [left: number, top: number]>();

/** What was opened stays open, what was closed closed; what was scrolled stays where it was. */
function carryOver(from: HTMLElement, to: HTMLElement): void {
  pair(
    from,
    to,
    'details',
    ({ firstElementChild }) => firstElementChild?.textContent ?? '',
    (old, young) => {
      young.toggleAttribute('open', old.hasAttribute('open'));
    },
  );
  pair(
    from,
    to,
    '.scroll',
    (one) => one.getAttribute('aria-label') ?? '',
    (old, young) => {
      scrolled.set(young, [old.scrollLeft, old.scrollTop]);
    },
  );
}

function restoreScroll(place: HTMLElement): void {
  for (const one of place.querySelectorAll('.scroll')) {
    const [left, top] = scrolled.get(one) ?? [0, 0];
    if (!scrolled.delete(one)) continue;
    one.scrollLeft = left;
    one.scrollTop = top;
  }
}

/** Elements of the same kind and name, the first with the first. */
function pair(
  from: HTMLElement,
  to: HTMLElement,
  kind: string,
  name: (one: Element) => string,
  work: (old: Element, young: Element) => void,
): void {
  const all = (root: HTMLElement) => [...(root.matches(kind) ? [root] : []), ...root.querySelectorAll(kind)];
  const olds = all(from);
  for (const young of all(to)) {
    const at = olds.findIndex((old) => name(old) === name(young));
    const [old] = at < 0 ? [] : olds.splice(at, 1);
    if (old) work(old, young);
  }
}
