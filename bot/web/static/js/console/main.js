// The console works without any of this. What is here makes it live, and quicker by keyboard.

import { listenForAlarms } from "./alarm.js";
import { tick } from "./clocks.js";
import { guardForms } from "./forms.js";
import { listenToKeys } from "./keys.js";
import { follow } from "./live.js";
import { prepareDesk } from "./desk.js";

document.documentElement.classList.add("js");
document.querySelector("[data-problem]")?.focus();
tick();
setInterval(tick, 1000);
guardForms();
listenToKeys();
prepareDesk();
listenForAlarms();
const place = document.querySelector("[data-stream]");
if (place) follow(place);
