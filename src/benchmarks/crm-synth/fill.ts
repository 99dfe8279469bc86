/** `fill('Dear {name},', { name: 'Rosa' })`. @throws where the template names what is not given */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template ${template} wants ${name}`);
    return String(value);
  });
}
