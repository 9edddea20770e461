"use strict";
// Starts Swagger UI on our own description, in the language chosen.
const indonesian = document.documentElement.lang === "id";
const root = document.getElementById("docs");
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.classList.add("dark-mode");
if (indonesian) speakIndonesian(root);

globalThis.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  presets: [SwaggerUIBundle.presets.apis],
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  filter: true,
  operationsSorter: (a, b) => a.get("path").localeCompare(b.get("path")),
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    request.headers["Accept-Language"] = document.documentElement.lang;
    return request;
  },
});
root.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".auth-container input")) {
    event.target.closest(".auth-container").querySelector(".authorize").click();
  }
});
document.addEventListener("language", () => location.reload());
