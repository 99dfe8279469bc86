/**
 * The loop of an agent over a CRM: it asks for queries and gives an answer, in tagged text or by real tool calls.
 *
 *   user       How many open cases are there?
 *   assistant  <execute> SELECT count(*) AS n FROM "Case" WHERE Status = 'New' </execute>
 *   user       Result: [{"n":12}]
 *   assistant  <respond> 12 </respond>
 *
 * The wire format is CRMArena's (arXiv 2411.02305); the words around it are ours.
 */
import type { Answer, Message, Reply, Session, Tool } from '../../core/index.ts';
import { type CrmAction, cleanQuery, parseAction } from '../../scorers/index.ts';
import type { Queries } from './open-queries.ts';

/** Who speaks next when the agent answers: a user with more to say, or nobody. */
export interface AgentUser {
  /** undefined: the user is content, and the answer counts. */
  next(answer: string): string | undefined;
}

export interface AgentTask {
  /** Role, rules and the schema of the database. */
  system: string;
  opening: string;
  queries: Queries;
  /** Calls until the agent has to answer; counted anew after each answer. @default 20 */
  mostTurns?: number;
  /** Absent: the first answer counts. */
  user?: AgentUser;
  /** `auto`: tool calls where the backend takes them. @default 'auto' */
  wire?: 'auto' | 'text' | 'tools';
  maxTokens?: number;
}

export const wireWords = {
  text: 'Write exactly one action in each message: <execute> a SQL query </execute> to read the database, or <respond> your answer </respond> to answer.',
  tools: 'Call execute with a SQL query to read the database, and respond to answer.',
} as const;

const tools: readonly Tool[] = [
  {
    name: 'execute',
    description: 'Runs one SQL query (SQLite, read only) and gives its rows.',
    parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
  },
  {
    name: 'respond',
    description: 'Gives the answer to the user.',
    parameters: { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] },
  },
];

/** Answers of the user at most. */
const MOST_USER_TURNS = 10;

export async function playAgent(task: AgentTask, session: Session): Promise<Answer> {
  const { wire = 'auto', mostTurns = 20, maxTokens } = task;
  const byTools = wire === 'tools' || (wire === 'auto' && session.capabilities.has('tools'));
  const messages: Message[] = [
    { role: 'system', content: `${task.system}\n\n${wireWords[byTools ? 'tools' : 'text']}` },
    { role: 'user', content: task.opening },
  ];
  const trajectory: string[] = [];
  let said = 0;
  const limit = maxTokens === undefined ? {} : { maxTokens };
  for (let turn = 0; turn < mostTurns; turn++) {
    const reply = await session.ask(messages, byTools ? { ...limit, tools } : limit);
    const answer = await (byTools ? actByTools : actByText)(reply, { messages, trajectory, session, task });
    if (answer === undefined) continue;
    const next = ++said > MOST_USER_TURNS ? undefined : task.user?.next(answer);
    if (next === undefined) return { text: answer, trajectory };
    messages.push({ role: 'user', content: next });
    turn = -1;
  }
  return { text: '', trajectory };
}

interface Scene {
  messages: Message[];
  trajectory: string[];
  session: Session;
  task: AgentTask;
}

const query = ({ session, task }: Scene, text: string) => {
  const cleaned = cleanQuery(text);
  return session.act('query', cleaned, () => task.queries.run(cleaned));
};

const invalid = 'That is no valid action. Write <execute> a SQL query </execute> or <respond> your answer </respond>.';

/** @returns the answer, where the message gives one */
async function actByText(reply: Reply, scene: Scene): Promise<string | undefined> {
  const { messages, trajectory } = scene;
  messages.push({ role: 'assistant', content: reply.text });
  const action = parseAction(reply.text);
  trajectory.push(action ? lineOf(action) : `invalid: ${reply.text}`);
  if (action?.name === 'respond') return action.content;
  const content = action ? `Result: ${await query(scene, action.content)}` : invalid;
  messages.push({ role: 'user', content });
  return undefined;
}

const lineOf = ({ name, content }: CrmAction) => `<${name}> ${content} </${name}>`;

/** Text without a tool call is an answer. Every call gets its result: chat APIs refuse a conversation that lacks one. */
async function actByTools(reply: Reply, scene: Scene): Promise<string | undefined> {
  const { messages, trajectory } = scene;
  const { text, toolCalls } = reply;
  messages.push({ role: 'assistant', content: text, ...(toolCalls.length > 0 && { toolCalls }) });
  if (toolCalls.length === 0) {
    trajectory.push(lineOf({ name: 'respond', content: text }));
    return text;
  }
  let answer: string | undefined;
  for (const { id, name, arguments: given } of toolCalls) {
    const content = name === 'respond' ? argumentOf(given, 'answer') : argumentOf(given, 'query');
    const action = content === undefined ? undefined : actionOf(name, content);
    trajectory.push(action ? lineOf(action) : `invalid: ${name} ${given}`);
    if (action?.name === 'respond') answer ??= action.content;
    const result = await resultOf(action, scene);
    messages.push({ role: 'tool', id, content: result });
  }
  return answer;
}

const actionOf = (name: string, content: string): CrmAction | undefined =>
  name === 'execute' || name === 'respond' ? { name, content } : undefined;

async function resultOf(action: CrmAction | undefined, scene: Scene): Promise<string> {
  if (!action) return 'ERROR: there are two tools, execute (query) and respond (answer)';
  return action.name === 'respond' ? 'given' : await query(scene, action.content);
}

/** undefined where the model wrote no JSON, or none with this text. */
function argumentOf(json: string, name: string): string | undefined {
  try {
    const value = (JSON.parse(json) as Record<string, unknown> | null)?.[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
