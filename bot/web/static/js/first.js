/* Before the first paint: the look that this person chose, and whether the scripted page can work here at all.
 * A classic script in the head, so that nobody is dazzled at night by a bright page that then turns dark. */
(function () {
  var root = document.documentElement;
  var START_SECONDS = 12;

  function kept(name) {
    try {
      return JSON.parse(sessionStorage.getItem("between." + name) || localStorage.getItem("between." + name));
    } catch (error) {
      return null;   // Storage can be switched off.
    }
  }

  var hour = new Date().getHours();
  var dim = kept("dim");
  if (dim === "yes" || (dim !== "no" && (hour >= 22 || hour < 7))) root.setAttribute("data-look", "dim");
  var size = kept("size");
  if (size === "large" || size === "larger") root.setAttribute("data-size", size);

  if ("noModule" in HTMLScriptElement.prototype && window.fetch) root.classList.add("script");
  document.addEventListener("click", function (event) {
    // Whoever leaves before the modules are there leaves nothing either.
    if (event.target.id !== "leave" || root.hasAttribute("data-ready")) return;
    try {
      sessionStorage.clear();
      localStorage.clear();
    } catch (error) {}
  });
  setTimeout(function () {
    // The modules did not come over this network: show the page that works without them.
    if (!root.hasAttribute("data-ready")) root.classList.remove("script");
  }, START_SECONDS * 1000);
})();
