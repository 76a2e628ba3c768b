// Every page works without this: it only makes the design system's parts more comfortable.
import { initAll } from "./nhsuk/nhsuk-frontend.min.js";

initAll();
