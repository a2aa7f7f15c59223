const order = document.getElementById("order");
const saved = document.getElementById("saved");

chrome.storage.sync.get({ order: "newest" }).then((options) => {
  order.value = options.order;
});

order.addEventListener("change", async () => {
  await chrome.storage.sync.set({ order: order.value });
  saved.textContent = "Saved.";
});
