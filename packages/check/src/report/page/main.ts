// The program of the page: reads the report that lies in it, and makes it move.

import type { PageData } from "../page_data.ts";
import { Controls } from "./controls.ts";
import { Details } from "./details.ts";
import { element } from "./element.ts";
import { Findings } from "./findings.ts";
import { Model } from "./model.ts";
import { Orders } from "./orders.ts";
import { Timeline } from "./timeline.ts";

const model = new Model(JSON.parse(element("report").textContent!) as PageData);
const timeline = new Timeline(model);
new Details(model);
new Orders(model);
new Findings(model);
new Controls(model, timeline);
document.documentElement.classList.add("ready");
