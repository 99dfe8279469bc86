import { TtcError } from '../../core/index.ts';
import { isTerminal, type Plan, parsePlan } from './plan.ts';
import { topologicalOrders } from './topological-orders.ts';

/** The official program looks at no more topological orders of a gold plan than these. */
const orderLimit = 20;
/** Gold plans of this many nodes, START and END included, are compared in their listed order alone. */
const longPlan = 10;

/** A gold plan with the orders its steps may be written in, as node indices. */
export interface GoldPlan extends Plan {
  orders: readonly (readonly number[])[];
}

/** @throws E_DATA where the text is no usable gold plan: unparsable, cyclic, or with an edge to a node it lacks. */
export function readGoldPlan(text: string): GoldPlan {
  const plan = parsePlan(text);
  if (!plan) throw new TtcError('E_DATA', 'the gold plan has no nodes or no edges');
  const missing = plan.edges.flat().find((index) => index >= plan.nodes.length);
  if (missing !== undefined)
    throw new TtcError('E_DATA', `the gold plan has an edge to node ${missing}, which it lacks`);
  const orders = goldOrders(plan);
  if (orders.length === 0) throw new TtcError('E_DATA', 'the gold plan has a cycle');
  return { ...plan, orders };
}

/** The orders that f1_chain compares with. Long plans keep START and END in theirs: an official quirk. */
function goldOrders({ nodes, edges }: Plan): number[][] {
  if (nodes.length >= longPlan) return [nodes.map((_, index) => index)];
  const orders = topologicalOrders(nodes.length, edges, orderLimit);
  return orders.map((order) => order.filter((index) => !isTerminal(nodes[index] as string)));
}
