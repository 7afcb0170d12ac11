// The shortest walk from one node to another, by steps between transactions.
//
// Breadth first, with junctions as half steps: a step out of one costs nothing, so what
// it leads to belongs to the shell that is being filled. The arrays are made once for a
// graph and reused for every search in it.

import type { Adjacency } from "./adjacency.ts";
import type { Budget } from "./budget.ts";

// Nodes, and where what they lead to goes, with how many steps away that is.
interface Shell {
  readonly nodes: readonly number[];
  readonly steps: number;
  readonly junctions: number[];
  readonly shell: number[];
}

/** Searches one graph again and again. Node n of it is a junction where `isJunction[n % period]`. */
export class WalkSearch {
  readonly #graph: Adjacency;
  readonly #isJunction: Uint8Array;
  readonly #distance: Int32Array;
  readonly #parent: Int32Array;
  readonly #touched: number[] = [];

  constructor(graph: Adjacency, isJunction: Uint8Array) {
    this.#graph = graph;
    this.#isJunction = isJunction;
    this.#distance = new Int32Array(graph.size).fill(-1);
    this.#parent = new Int32Array(graph.size);
  }

  /**
   * The nodes from `start` to `goal`, both included and the junctions between them too;
   * null where there is no walk of less than `stepsBelow` steps, or the budget ended.
   * A walk from a node to itself takes at least one step.
   */
  find(start: number, goal: number, stepsBelow: number, budget: Budget): number[] | null {
    const reached = this.#search(start, goal, stepsBelow, budget);
    const walk = reached ? this.#walkTo(start, goal) : null;
    for (const node of this.#touched) this.#distance[node] = -1;
    this.#touched.length = 0;
    return walk;
  }

  #search(start: number, goal: number, stepsBelow: number, budget: Budget): boolean {
    // A walk back to the start has to be found as one: so the start counts as not met.
    if (start !== goal) this.#meet(start, 0, -1);
    let junctions: number[] = [];
    let shell: number[] = [];
    (this.#isHalf(start) ? junctions : shell).push(start);
    for (let steps = 0; steps < stepsBelow; steps += 1) {
      // What junctions lead to belongs to this shell, so they come first.
      const through = { nodes: junctions, steps, junctions, shell };
      if (this.#expand(through, goal, budget)) return true;
      if (shell.length === 0 || steps + 1 >= stepsBelow) return false;
      const nextJunctions: number[] = [];
      const next: number[] = [];
      const onward = { nodes: shell, steps: steps + 1, junctions: nextJunctions, shell: next };
      if (this.#expand(onward, goal, budget)) return true;
      if (budget.ended) return false;
      junctions = nextJunctions;
      shell = next;
    }
    return false;
  }

  // Meets what some nodes lead to, and says whether the goal is there. The list of nodes
  // may grow while it is read.
  #expand({ nodes, steps, junctions, shell }: Shell, goal: number, budget: Budget): boolean {
    const { rowStart, target } = this.#graph;
    for (let place = 0; place < nodes.length; place += 1) {
      const node = nodes[place]!;
      const end = rowStart[node + 1]!;
      if (!budget.spend(end - rowStart[node]! + 1)) return false;
      for (let edge = rowStart[node]!; edge < end; edge += 1) {
        const other = target[edge]!;
        if (this.#distance[other] !== -1) continue;
        this.#meet(other, steps, node);
        if (other === goal) return true;
        (this.#isHalf(other) ? junctions : shell).push(other);
      }
    }
    return false;
  }

  #isHalf(node: number): boolean {
    return this.#isJunction[node % this.#isJunction.length] === 1;
  }

  #meet(node: number, distance: number, parent: number): void {
    this.#distance[node] = distance;
    this.#parent[node] = parent;
    this.#touched.push(node);
  }

  #walkTo(start: number, goal: number): number[] {
    const walk = [goal];
    let node = goal;
    do {
      node = this.#parent[node]!;
      walk.push(node);
    } while (node !== start);
    return walk.reverse();
  }
}
