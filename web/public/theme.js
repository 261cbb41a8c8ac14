// Before the first paint, so that a chosen theme does not flash in another colour.
try {
  const theme = localStorage.getItem("devos.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser without storage follows the system.
}
