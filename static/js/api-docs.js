// Shows the OpenAPI document of this installation; nothing is fetched from elsewhere.
const wanted = document.documentElement.dataset.theme;
const night = window.matchMedia("(prefers-color-scheme: dark)");

function dress() {
  const dark = wanted === "dark" || (wanted === "auto" && night.matches);
  document.documentElement.classList.toggle("dark-mode", dark);
}

night.addEventListener("change", dress);
dress();

const place = document.getElementById("api");

window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: false, // its links would stand inside of buttons, where no keyboard user finds them
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
