// Every page works without this: it only makes the design system's parts more comfortable.
import { initAll } from "./nhsuk/nhsuk-frontend.min.js";

initAll();

// The quick way out takes this page's place, so that going back does not lead here.
for (const way of document.querySelectorAll(".bs-leave a")) {
  way.addEventListener("click", (event) => {
    event.preventDefault();
    window.location.replace(way.href);
  });
}
