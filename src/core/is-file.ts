/**
 * Whether a name stands for a file of the user's own: a benchmark's `.jsonl`, or a module with a policy. A name with a
 * slash is always a file; endings count in upper and lower case.
 */
export const isFile = (name: string): boolean => /[/\\]|\.(jsonl?|m?[jt]s)$/i.test(name);
