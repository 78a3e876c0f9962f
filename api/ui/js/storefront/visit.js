// A visit to the shop of a collection: who looks at it, the basket, and what was looked at.

import { readStored, store } from "../stored_json.js";

const MAX_ITEMS = 50; // that the server takes as a basket
const MAX_VIEWED = 5; // newer ones say more

/** A visit, kept until this tab is closed. */
export class Visit {
  constructor(collection) {
    this.storageName = `lookalike-visit/${collection}`;
    this.state = {
      isCustomer: false, user: "", country: "", basket: [], viewed: [],
      ...readStored("sessionStorage", this.storageName),
    };
  }

  /** The customer's name; undefined for a stranger. */
  get user() { return (this.state.isCustomer && this.state.user) || undefined; }

  /** Whether a customer is to be shown the shop, but which one is not known. */
  get isNameless() { return this.state.isCustomer && !this.state.user; }

  get country() { return this.state.country || undefined; }
  get basket() { return this.state.basket; }
  get viewed() { return this.state.viewed; }

  /** The basket for the parameter `exclude`, in which commas separate SKUs. */
  get exclude() { return this.basket.filter((sku) => !sku.includes(",")).join(","); }

  set(changes) {
    Object.assign(this.state, changes);
    store("sessionStorage", this.storageName, this.state);
  }

  add(sku) { this.set({ basket: newestLast(this.basket, sku, MAX_ITEMS) }); }
  remove(sku) { this.set({ basket: this.basket.filter((other) => other !== sku) }); }
  lookAt(sku) { this.set({ viewed: newestLast(this.viewed, sku, MAX_VIEWED) }); }
}

const newestLast = (skus, sku, length) => [...skus.filter((other) => other !== sku), sku].slice(-length);
