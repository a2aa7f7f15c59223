const said = document.getElementById("said");

document.getElementById("tidy").addEventListener("click", async () => {
  const count = await chrome.runtime.sendMessage("tidy");
  said.textContent = `${count} tabs are in order.`;
});
